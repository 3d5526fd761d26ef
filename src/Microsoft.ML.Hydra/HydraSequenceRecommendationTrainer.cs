using Microsoft.ML.Data;
using Microsoft.ML.Hydra.Compute;
using Microsoft.ML.Hydra.Features;
using Microsoft.ML.Hydra.Fitted;
using Microsoft.ML.Hydra.Interop;
using Microsoft.ML.Hydra.Items;
using Microsoft.ML.Hydra.Options;
using Microsoft.ML.Hydra.Scoring;
using Microsoft.ML.Hydra.Training;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Hydra;

/// <summary>
/// Trains a Hydra model (multi-head latent Mamba, arXiv 2504.07398) that predicts the next item of a sequence.
/// </summary>
/// <remarks>
/// <para>Made by <c>mlContext.SequenceRecommendation().Trainers.Hydra(...)</c>.</para>
/// <list type="table">
/// <listheader><term>Input column</term><description>Type</description></listheader>
/// <item><term><c>ItemsColumnName</c></term><description>Vector, of variable or fixed size, of text, of any integer type or of keys: a user's items, oldest first. Empty text, 0 and missing keys are skipped.</description></item>
/// <item><term><c>TimestampsColumnName</c></term><description>Only where it is set: a vector, aligned with the items, of an integer, floating or DateTime type: the times of the events. Missing ones (NaN, the zero DateTime) are allowed.</description></item>
/// <item><term><c>DomainColumnName</c></term><description>Only where it is set: one text, integer or key: the domain whose items are recommended. It must be there wherever the model scores.</description></item>
/// <item><term><c>LabelColumnName</c></term><description>Optional, read by the transformer only: the item that came next, of the same type.</description></item>
/// </list>
/// <list type="table">
/// <listheader><term>Output column</term><description>Type</description></listheader>
/// <item><term><c>PredictedItems</c></term><description>Variable-size vector of the items' type: the best items, best first. Of key type, with <c>KeyValues</c>, when the input is.</description></item>
/// <item><term><c>Score</c></term><description>Variable-size vector of Single, aligned with <c>PredictedItems</c>.</description></item>
/// <item><term><c>LabelRank</c></term><description>Int32, only when the input has the label column: exact rank of the label in the full catalogue, from 1; 0 when it is unknown or excluded.</description></item>
/// <item><term><c>CatalogScores</c></term><description>Vector of Single, only on request: the score of every item, named by <c>SlotNames</c>.</description></item>
/// </list>
/// <list type="table">
/// <listheader><term>Trainer characteristics</term><description></description></listheader>
/// <item><term>Machine learning task</term><description>Sequence (next-item) recommendation</description></item>
/// <item><term>Is normalization required?</term><description>No</description></item>
/// <item><term>Is caching required?</term><description>No: the data is read once</description></item>
/// <item><term>Required NuGet in addition to Microsoft.ML</term><description>Microsoft.ML.Hydra and, for training only, a native backend: TorchSharp-cpu, TorchSharp-cuda-linux or TorchSharp-cuda-windows</description></item>
/// <item><term>Exportable to ONNX</term><description>No</description></item>
/// </list>
/// <para>
/// Positions: an event's position is its index in the user's whole history. A history longer than
/// <c>MaximumSequenceLength</c> is trained on in several windows that keep those positions; scoring reads a history as one
/// piece from its first event, whatever its length. A history without known items is answered by popularity.
/// </para>
/// <para>The same seed gives the same model, bit for bit, on the same machine's CPU.</para>
/// </remarks>
public sealed partial class HydraSequenceRecommendationTrainer : IEstimator<HydraSequenceRecommendationTransformer>
{
    private readonly IHostEnvironment _environment;
    private readonly IHost _host;
    private readonly Options _options;

    internal HydraSequenceRecommendationTrainer(IHostEnvironment environment, Options options)
    {
        MlNetMembers.Require();
        OptionRanges.Check(options);
        _environment = environment;
        _host = environment.Register(nameof(HydraSequenceRecommendationTrainer));
        _options = options.Copy();
        _options.Seed ??= HostFacts.Of(environment).Seed ?? _host.Rand.Next();    // drawn once: fitting twice gives the same model twice
    }

    // Set for one run by a language model that is trained end to end with the sequence model.
    internal LearnedNumbers? LearnedNumbers { get; init; }

    /// <summary>Trains a model.</summary>
    /// <param name="input">A row a user, with the items column. Read once.</param>
    /// <exception cref="ArgumentException">The items column is missing or of another type, or holds nothing to learn from.</exception>
    /// <exception cref="InvalidOperationException">A row has no domain where there are several, other numbers of items and times, or an infinite time; or a directory of the options cannot be used, or is in use.</exception>
    /// <exception cref="InvalidDataException">The checkpoint to resume from is not one that a training left.</exception>
    /// <exception cref="OperationCanceledException">Training was cancelled.</exception>
    /// <exception cref="HydraTrainingDivergedException">The loss is no longer finite; holds the last good model.</exception>
    public HydraSequenceRecommendationTransformer Fit(IDataView input) => Fit(input, null);

    /// <summary>Continues training from an earlier model.</summary>
    /// <param name="input">A row a user, with the items column. Its items may be new; the earlier model's items are kept.</param>
    /// <param name="initialModel">The model to start from, of the same sizes; <see langword="null"/> starts from random weights. It is not changed.</param>
    /// <inheritdoc cref="Fit(IDataView)"/>
    public HydraSequenceRecommendationTransformer Fit(IDataView input, HydraSequenceRecommendationTransformer? initialModel)
    {
        ArgumentNullException.ThrowIfNull(input);
        using var report = new FitReport(_host, _options);
        TrainingMonitor monitor = report.Monitor;
        TorchDeviceChoice device = ChooseDevice(report);
        FittedModel? initial = initialModel?.Fitted;
        SequenceData data = SequenceReader.Read(
            input, SequenceColumns.Of(_options), initial?.Vocabulary, monitor.ThrowIfCancelled, initial?.Clock, initial?.Domains);
        report.Read(data);
        ItemContent? content = ReadItems(data, report);
        data = DomainAssignment.Apply(data, content, EarlierDomains(initial, data.Vocabulary), _options);
        RequireTransitions(data.Dataset);
        DomainRules.Check(_options.AcrossDomains, FittedModel.EncodersOf(_options, data.Dataset.Domains));
        report.Domains(data.Dataset);

        // A list with items of the wrong type is refused now, not after hours of training.
        var recommendations = RecommendationOptions.From(_options);
        CandidateFilter filter = HydraSequenceRecommendationTransformer.Filter(_environment, content?.Vocabulary ?? data.Vocabulary, recommendations);

        ResolvedOptions options = AutomaticOptions.Resolve(_options, data.Dataset, initial?.Options, monitor.ThrowIfCancelled);
        report.Chosen(options);
        if (initial is not null)
        {
            WarmStart.CheckSizes(initial.Options, options.All);
        }

        SaveCheck.Run(options, data.Vocabulary, HostFacts.TempFilePath(_environment), monitor.Warning);
        WarmStart? warmStart = initial is null ? null : new WarmStart(initial.Weights, initial.Vocabulary.MapRowsTo(data.Vocabulary));
        try
        {
            TrainingResult trained = TrainingRun.Train(data.Dataset, options, device, monitor, warmStart, content);
            return Transformer(PriorFit.AddTo(trained.Fitted(options, data), trained.Data, monitor, trained.Items), trained);
        }
        catch (TrainingDivergedException diverged)
        {
            TrainingResult best = diverged.Best;
            throw new HydraTrainingDivergedException(
                diverged.Message, best.BestEpoch > 0 ? Transformer(best.Fitted(options, data), best) : null, diverged);
        }

        HydraSequenceRecommendationTransformer Transformer(FittedModel fitted, TrainingResult trained)
        {
            if (trained.Items is not null)
            {
                fitted = NewItemFit.AddTo(fitted, trained, monitor);
                fitted = NewItemFit.EnterItemsWithoutEvents(fitted, trained, out int leftOut);
                report.Entered(fitted.Vocabulary.Count - data.Vocabulary.Count, leftOut);
            }

            bool hasAll = fitted.Vocabulary.Count == (content?.Vocabulary ?? data.Vocabulary).Count;
            return new HydraSequenceRecommendationTransformer(
                _environment, fitted, recommendations,
                hasAll ? filter : HydraSequenceRecommendationTransformer.Filter(_environment, fitted.Vocabulary, recommendations));
        }
    }

    /// <inheritdoc/>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        return RecommendationSchemaShape.Add(inputSchema, _options);
    }

    // The domain of each item of the earlier model, by its row now
    private static int[]? EarlierDomains(FittedModel? initial, ItemVocabulary vocabulary)
    {
        if (initial?.Domains is not { } domains)
        {
            return null;
        }

        int[] rows = initial.Vocabulary.MapRowsTo(vocabulary), earlier = new int[vocabulary.Count + 1];
        Array.Fill(earlier, ItemDomains.None);
        for (int row = 1; row < rows.Length; row++)
        {
            earlier[rows[row]] = rows[row] > 0 ? domains.Of(row) : ItemDomains.None;
        }

        return earlier;
    }

    private ItemContent? ReadItems(SequenceData data, FitReport report)
    {
        ItemVocabulary vocabulary = data.Vocabulary;
        if (_options.Items is not { } items)
        {
            return null;
        }

        ItemContent content = new ItemContentReader(items, ItemColumns.Of(_options), vocabulary, data.DomainNames is { } names ? names.NumberOf : null)
            .Read(report.Monitor.ThrowIfCancelled) with { Learned = LearnedNumbers };
        int described = report.Read(content, vocabulary.Count);
        return described > 0 ? content : throw new ArgumentException(
            $"Items describes no item of the sequences: no id in its column \"{_options.ItemIdColumnName}\" is in column \"{_options.ItemsColumnName}\" of the sequences; write the ids in the same way in both.");
    }

    private TorchDeviceChoice ChooseDevice(FitReport report)
    {
        NativeTorch.EnsureLoaded(HostFacts.TempFilePath(_environment));
        HostFacts facts = HostFacts.Of(_environment);
        TorchDeviceChoice device = TorchDeviceSelector.Choose(facts.GpuDeviceId, facts.FallbackToCpu);
        report.Device(device.Description);
        return device;
    }

    private void RequireTransitions(SequenceDataset sequences)
    {
        for (int i = 0; i < sequences.Count; i++)
        {
            if (sequences[i].Length >= 2)
            {
                return;
            }
        }

        throw new ArgumentException(
            $"Column \"{_options.ItemsColumnName}\" holds {sequences.Count} sequences and none of two or more items; at least one is needed to learn what comes next.");
    }
}
