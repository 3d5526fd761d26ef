using Microsoft.ML.Hydra.Interop;
using Microsoft.ML.Hydra.Text.Caching;
using Microsoft.ML.Hydra.Text.Encoders;
using Microsoft.ML.Hydra.Text.Featurizing;
using Microsoft.ML.Hydra.Text.Interop;
using Microsoft.ML.Hydra.Text.Tuning;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Hydra.Text;

/// <summary>Tunes a language model on what users did, and adds a column with its vectors. Made by <see cref="ItemTextCatalog.Tune"/>.</summary>
/// <remarks>
/// <para>
/// <list type="table">
/// <listheader><term>Column</term><description>Type</description></listheader>
/// <item><term>input</term><description>text, or vectors of text (<see cref="TextTuningOptions.TextColumnNames"/>)</description></item>
/// <item><term>output</term><description>vector of Single of length 1; all NaN where the texts have no letter and no digit</description></item>
/// </list>
/// </para>
/// <para>
/// <list type="table">
/// <item><term>Needs to be trained</term><description>yes, on the sequences and items that <see cref="ItemTextCatalog.Tune"/> received; needs a backend of TorchSharp</description></item>
/// <item><term>Scores without TorchSharp</term><description>yes</description></item>
/// <item><term>Is saved with the model</term><description>the whole tuned encoder</description></item>
/// </list>
/// </para>
/// </remarks>
public sealed class TextTuningEstimator : IEstimator<TextVectorTransformer>
{
    private readonly IHostEnvironment _environment;
    private readonly IDataView _sequences;
    private readonly IDataView _items;
    private readonly FolderEncoder _encoder;
    private readonly TextTuningOptions _options;
    private readonly TextColumns _columns;

    internal TextTuningEstimator(IHostEnvironment environment, IDataView sequences, IDataView items, FolderEncoder encoder, TextTuningOptions options)
    {
        MlNetMembers.Require();
        TuningOptionsCheck.Run(options);
        (_environment, _sequences, _items, _encoder, _options) = (environment, sequences, items, encoder, options);
        _columns = new TextColumns(options.OutputColumnName, options.TextColumnNames);
    }

    /// <summary>Tunes the language model on the sequences and items that <see cref="ItemTextCatalog.Tune"/> received.</summary>
    /// <param name="input">A view with the columns of text, such as that of the items; its rows are not read.</param>
    /// <returns>A transformer with the tuned encoder, which it owns.</returns>
    /// <exception cref="ArgumentException">A column is missing or of another type.</exception>
    /// <exception cref="InvalidOperationException">
    /// No two items with texts stand near each other in a training history, the checkpoints are of another tuning, or the loss is no longer finite.
    /// </exception>
    /// <exception cref="OperationCanceledException">The tuning was cancelled before the encoder was measured.</exception>
    public TextVectorTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        _columns.Find(input.Schema);
        FolderEncoder start = TuningStart.Of(_encoder, _options);
        TuningInputs inputs = new TuningReader(start, _options).Read(_sequences, _items);
        TuningSettings settings = TuningOptionsCheck.Resolve(_options);
        TuningResult result = _options.Tuning == TextTuning.EndToEnd
            ? EndToEndTuning.Tune(_environment, _sequences, SequenceModelOver(start), inputs, new EndToEndRun(settings, _options.Progress, _options.CancellationToken))
            : TuningRun.Tune(inputs, settings, _options.Progress, _options.CancellationToken);
        var tuned = new FolderEncoder(start.Folder.With(result.Weights, start.Settings), new TextEncoderOptions { NumberOfThreads = _options.NumberOfThreads });
        return new TextVectorTransformer(_environment, _columns, tuned, VectorCache.Open(_environment, null)) { Passes = result.Passes };
    }

    // The sequence model of an end-to-end training: its items have the vectors of the encoder as it is.
    private HydraSequenceRecommendationTrainer.Options SequenceModelOver(FolderEncoder start)
    {
        HydraSequenceRecommendationTrainer.Options options = (_options.SequenceModel ?? new()).Copy();
        (options.ItemsColumnName, options.ItemIdColumnName, options.DomainColumnName) = (_options.ItemsColumnName, _options.ItemIdColumnName, _options.DomainColumnName);
        (options.ItemFeaturesColumnName, options.ItemTextColumnName) = (_options.OutputColumnName, $"{_options.OutputColumnName} words");    // no column: vectors only
        options.Items = new TextVectorTransformer(_environment, _columns, start, VectorCache.Open(_environment, null)).Transform(_items);
        options.Seed ??= _options.Seed;
        return options;
    }

    /// <summary>The schema of the output, before anything is fitted.</summary>
    /// <param name="inputSchema">The schema of the input.</param>
    /// <exception cref="ArgumentException">An input column is missing or holds no text.</exception>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        return TextVectorSchemaShape.Add(inputSchema, _columns);
    }
}
