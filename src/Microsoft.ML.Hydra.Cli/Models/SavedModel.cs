using Microsoft.ML.Data;
using Microsoft.ML.Hydra.Cli.Input;
using Microsoft.ML.Hydra.Cli.Output;

namespace Microsoft.ML.Hydra.Cli.Models;

/// <summary>A Hydra model read from an ML.NET zip, with the column and the type of its items.</summary>
internal sealed class SavedModel : IDisposable
{
    private static readonly PrimitiveDataViewType[] s_itemTypes =
    [
        TextDataViewType.Instance, NumberDataViewType.SByte, NumberDataViewType.Byte, NumberDataViewType.Int16, NumberDataViewType.UInt16,
        NumberDataViewType.Int32, NumberDataViewType.UInt32, NumberDataViewType.Int64, NumberDataViewType.UInt64,
    ];

    private SavedModel(HydraSequenceRecommendationTransformer transformer) => Transformer = transformer;

    public HydraSequenceRecommendationTransformer Transformer { get; }

    /// <summary>Name of the vector column with the history.</summary>
    public string ItemsColumn => Transformer.Model.Options.ItemsColumnName;

    /// <summary>Name of the vector column with the times, null where the model reads none.</summary>
    public string? TimestampsColumn => Transformer.Model.Options.TimestampsColumnName;

    /// <summary>Type of one item: text or an integer type.</summary>
    /// <exception cref="UserErrorException">The items are keys.</exception>
    public DataViewType ItemType => s_itemTypes.FirstOrDefault(type => type.ToString() == Transformer.Model.ItemType) ?? throw new UserErrorException(
        $"The model's items are {Transformer.Model.ItemType}; the command line recommends with text and integer items only, others need the pipeline they were trained in.");

    /// <summary>Reads the zip in place: neither temporary files nor loaders of other libraries are used.</summary>
    /// <exception cref="UserErrorException">There is no such file, or it does not hold a Hydra model alone.</exception>
    public static SavedModel Load(MLContext mlContext, string path)
    {
        if (Directory.Exists(path))
        {
            throw new UserErrorException($"The model '{path}' is a directory; expected the file of a model, such as model.zip.");
        }

        if (!File.Exists(path))
        {
            throw new UserErrorException($"The model file '{path}' does not exist.");
        }

        ModelZip.Check(path);
        try
        {
            return new SavedModel(mlContext.SequenceRecommendation().LoadModel(path));
        }
        catch (Exception exception) when (exception is IOException or InvalidDataException or UnauthorizedAccessException or InvalidOperationException)
        {
            throw new UserErrorException($"The model file '{path}' cannot be loaded: {Failure.Describe(exception)}", exception);
        }
    }

    /// <summary>The zip of a model that was just trained, to be written.</summary>
    /// <param name="model">The model; not disposed here.</param>
    /// <param name="schema">The columns it was trained on, or null.</param>
    public static Result ToSave(HydraSequenceRecommendationTransformer model, DataViewSchema? schema) =>
        new("the trained model", "model.zip", stream => model.Save(schema, stream));

    /// <summary>Items of a file, in the columns and the item type of the model.</summary>
    /// <exception cref="UserErrorException">An id cannot be one of the model's.</exception>
    public IDataView ToItems(MLContext mlContext, ItemTable table)
    {
        DataViewType type = ItemType;
        HydraSequenceRecommendationTrainer.Options options = Transformer.Model.Options;
        return table.Ids.FirstOrDefault(id => !ItemIds.CanBeId(id, type)) is string wrong
            ? throw new UserErrorException($"The {table.File.Name} has the item '{wrong}', but the model's items are {type}; expected ids of that type.")
            : ItemIds.ToModelType(mlContext, table.ToView(options), options.ItemIdColumnName, type);
    }

    /// <summary>The columns that were saved with the model; null where there are none.</summary>
    /// <param name="mlContext">The context.</param>
    /// <param name="path">The file of a model that was loaded, so that no other library is.</param>
    public static DataViewSchema? ReadSchema(MLContext mlContext, string path)
    {
        ITransformer again = mlContext.Model.Load(path, out DataViewSchema? schema);
        (again as IDisposable)?.Dispose();
        return schema;
    }

    public void Dispose() => Transformer.Dispose();
}
