using Microsoft.ML.Data;
using Microsoft.ML.Hydra.Interop;
using Microsoft.ML.Hydra.Persistence;
using Microsoft.ML.Hydra.Text.Caching;
using Microsoft.ML.Hydra.Text.Featurizing;
using Microsoft.ML.Hydra.Text.Interop;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Hydra.Text;

/// <summary>
/// Adds a column with the vectors of texts: <c>VectorDataViewType(Single, Encoder.Dimension)</c>, of length 1, all NaN where a text has no letter and no digit. Made by
/// <see cref="TextVectorEstimator"/>, and by <c>mlContext.Model.Load</c>.
/// </summary>
/// <remarks>
/// <para>Texts are encoded in batches while the column is read, each text once: see <see cref="ItemTextCatalog.Featurize"/>. All other columns pass through.</para>
/// <para>
/// <c>mlContext.Model.Save</c> writes the whole encoder into the zip where it came from a folder, and <c>mlContext.Model.Load</c> reads it in any process that references
/// this package; the cache is not saved. Members are safe for many threads.
/// </para>
/// </remarks>
public sealed class TextVectorTransformer : ITransformer
{
    private readonly IHostEnvironment _environment;
    private readonly IHost _host;
    private readonly TextColumns _columns;
    private readonly CachedEncoder _cached;

    internal TextVectorTransformer(IHostEnvironment environment, TextColumns columns, TextEncoder encoder, VectorCache cache)
    {
        MlNetMembers.Require();
        (_environment, _columns, Encoder) = (environment, columns, encoder);
        _host = environment.Register(nameof(TextVectorTransformer));
        _cached = new CachedEncoder(encoder, cache, ThrowIfCancelled);
    }

    /// <summary>The encoder. One that was loaded with the model belongs to this transformer; every other one to whoever made it.</summary>
    public TextEncoder Encoder { get; }

    /// <summary>The passes of the tuning, pass 0 first; empty where the encoder was not tuned here.</summary>
    public IReadOnlyList<TextTuningPass> Passes { get; internal init; } = [];

    bool ITransformer.IsRowToRowMapper => true;

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">An input column is missing or holds no text.</exception>
    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => SchemaOf(inputSchema).Output;

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">An input column is missing or holds no text.</exception>
    public IRowToRowMapper GetRowToRowMapper(DataViewSchema inputSchema) => new TextVectorMapper(SchemaOf(inputSchema), _cached);

    /// <summary>The view with the column of vectors; they are encoded while it is read, once for each text.</summary>
    /// <param name="input">A view with the input columns.</param>
    /// <exception cref="ArgumentException">An input column is missing or holds no text.</exception>
    public IDataView Transform(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return new TextVectorDataView(SchemaOf(input.Schema), input, _cached);
    }

    /// <summary>
    /// Writes the encoder as a Hugging Face folder, which <see cref="TextEncoder.FromFolder"/> reads: config.json, the files of the tokenizer, model.safetensors and
    /// hydra_text.json with prompt, number of tokens and pooling.
    /// </summary>
    /// <param name="directory">Must not exist; the directory above it must.</param>
    /// <exception cref="InvalidOperationException">The encoder was not made from a folder.</exception>
    /// <exception cref="IOException">The directory exists or cannot be written; nothing is left of it.</exception>
    public void SaveFolder(string directory)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(directory);
        if (Encoder is not Encoders.FolderEncoder encoder)
        {
            throw new InvalidOperationException("The encoder has no weights that can be saved: it was made by FromOnnx or From. Make it with TextEncoder.FromFolder.");
        }

        encoder.Folder.With(encoder.Folder.Weights, encoder.Settings).Write(directory);
    }

    void ICanSaveModel.Save(ModelSaveContext ctx)
    {
        try
        {
            TextVectorModel.Save(ctx, _columns, Encoder);
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            throw new IOException(
                $"The model could not be saved: {cause.Message.TrimEnd('.')}. ML.NET writes a model to the folder '{HostFacts.TempFilePath(_environment)}' first: "
                + "set MLContext.TempFilePath, or the environment variable TMPDIR, to a folder with more space and save it again.",
                cause);
        }
    }

    internal static TextVectorTransformer Load(IHostEnvironment environment, IModelEntryReader reader)
    {
        MlNetMembers.Require();
        (TextColumns columns, TextEncoder encoder) = TextVectorArchive.Read(reader);
        return new TextVectorTransformer(environment, columns, encoder, new MemoryVectorCache());
    }

    private TextVectorSchema SchemaOf(DataViewSchema input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return new TextVectorSchema(_columns, Encoder, input);
    }

    private void ThrowIfCancelled()
    {
        if (HostFacts.IsCanceled(_host))
        {
            throw new OperationCanceledException("Encoding texts was cancelled.");
        }
    }
}
