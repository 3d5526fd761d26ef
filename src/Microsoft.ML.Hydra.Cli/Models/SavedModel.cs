using Microsoft.ML.Data;
using Microsoft.ML.Hydra.Cli.Output;

namespace Microsoft.ML.Hydra.Cli.Models;

/// <summary>A Hydra model read from an ML.NET zip, with the column and the type of its items.</summary>
internal sealed class SavedModel : IDisposable
{
    private SavedModel(HydraSequenceRecommendationTransformer transformer, string itemsColumn, DataViewType itemType)
    {
        Transformer = transformer;
        ItemsColumn = itemsColumn;
        ItemType = itemType;
    }

    public HydraSequenceRecommendationTransformer Transformer { get; }

    /// <summary>Name of the vector column with the history.</summary>
    public string ItemsColumn { get; }

    /// <summary>Name of the vector column with the times, null where the model reads none.</summary>
    public string? TimestampsColumn => Transformer.Model.Options.TimestampsColumnName;

    /// <summary>Type of one item: text or an integer type.</summary>
    public DataViewType ItemType { get; }

    /// <exception cref="UserErrorException">There is no such file, or it does not hold a Hydra model with plain ids.</exception>
    public static SavedModel Load(MLContext mlContext, string path)
    {
        if (!File.Exists(path))
        {
            throw new UserErrorException($"The model file '{path}' does not exist.");
        }

        ModelZip.Check(path);
        (ITransformer loaded, DataViewSchema? schema) = Read(mlContext, path);
        HydraSequenceRecommendationTransformer? transformer = Unwrap(loaded);
        if (transformer is null)
        {
            (loaded as IDisposable)?.Dispose();
            throw new UserErrorException(
                $"The model file '{path}' holds a {loaded.GetType().Name}; expected a Hydra model alone, without other transforms around it.");
        }

        string itemsColumn = transformer.Model.Options.ItemsColumnName;
        DataViewType itemType = schema?.GetColumnOrNull(itemsColumn)?.Type is VectorDataViewType vector
            ? vector.ItemType
            : TextDataViewType.Instance;
        return new SavedModel(transformer, itemsColumn, itemType);
    }

    /// <summary>The zip of a model that was just trained, to be written.</summary>
    /// <param name="model">The model; not disposed here.</param>
    /// <param name="schema">The columns it was trained on, or null.</param>
    public static Result ToSave(HydraSequenceRecommendationTransformer model, DataViewSchema? schema) =>
        new("the trained model", "model.zip", stream => model.Save(schema, stream));

    public void Dispose() => Transformer.Dispose();

    private static HydraSequenceRecommendationTransformer? Unwrap(ITransformer loaded) =>
        loaded is IEnumerable<ITransformer> chain && chain.Take(2).ToArray() is [ITransformer only] ? Unwrap(only)
        : loaded as HydraSequenceRecommendationTransformer;

    private static (ITransformer Model, DataViewSchema? Schema) Read(MLContext mlContext, string path)
    {
        try
        {
            return (mlContext.Model.Load(path, out DataViewSchema schema), schema);
        }
#pragma warning disable CA1031 // ML.NET reports a broken model in many ways; all mean the same here.
        catch (Exception exception) when (exception is not OperationCanceledException)
#pragma warning restore CA1031
        {
            throw new UserErrorException($"The model file '{path}' cannot be loaded: {Failure.Describe(exception)}", exception);
        }
    }
}
