using System.Security.Cryptography;
using System.Text;
using Microsoft.ML.Hydra.Compute;
using Microsoft.ML.Hydra.Features;
using Microsoft.ML.Hydra.Fitted;
using Microsoft.ML.Hydra.Items;
using Microsoft.ML.Hydra.Model;
using Microsoft.ML.Hydra.Numerics;
using Microsoft.ML.Hydra.Options;
using Microsoft.ML.Hydra.Persistence;
using TorchSharp;
using static System.FormattableString;
using static TorchSharp.torch;

namespace Microsoft.ML.Hydra.Training;

/// <summary>One training from data and options to weights.</summary>
internal static class TrainingRun
{
    private const double ManyRepeats = 0.25;

    /// <summary>Trains a model.</summary>
    /// <param name="sequences">The data; at least one sequence has two events.</param>
    /// <param name="options">The options.</param>
    /// <param name="device">Where to train.</param>
    /// <param name="monitor">Receives what happens.</param>
    /// <param name="warmStart">Weights to start from, or null for fresh ones.</param>
    /// <param name="content">What is known of the items besides the events, or null.</param>
    public static TrainingResult Train(
        SequenceDataset sequences, ResolvedOptions options, TorchDeviceChoice device, TrainingMonitor monitor, WarmStart? warmStart, ItemContent? content = null)
    {
        var random = new RandomStreams(options.Seed);
        TrainingData data = TrainingData.Split(
            sequences, options.All.Validation, options.All.MaximumValidationSequences, random.ValidationSample());
        WarnOfRepeats(data, options.All, monitor);
        ItemFeatures? items = content is null ? null : ItemFeatures.Prepare(content, data, random.StandIns(), warmStart);
        if (content is not null && items is null)
        {
            monitor.Warning("Items is not used: no word occurs in the texts of two items that have events, and no number differs between them; give words or numbers that items have in common.");
        }

        using DisposeScope scope = NewDisposeScope();
        using NumberLearning? learning = items is not null && content!.Learned is { } learned ? new NumberLearning(learned, items) : null;
        ModelSizes sizes = options.SizesFor(sequences.NumberOfItems) with { Encoders = FittedModel.EncodersOf(options.All, sequences.Domains) };
        using HydraModel model = Create(sizes, ModelKernels.For(device.Device, options.NumberOfThreads), options, items, learning);
        warmStart?.Apply(model, items);
        model.to(device.Device);
        using var loop = new TrainingLoop(model, data, options, device.Device, monitor, Fingerprint(sequences, options, warmStart, items));
        try
        {
            return loop.Run() with { Items = items };
        }
        catch (TrainingDivergedException diverged)
        {
            diverged.Best = diverged.Best with { Items = items };
            throw;
        }
    }

    private static HydraModel Create(ModelSizes sizes, ModelKernels kernels, ResolvedOptions options, ItemFeatures? items, NumberLearning? learning) => new(
        sizes, kernels, new RandomStreams(options.Seed).Weights, options.DropoutRate,
        itemVectors: items is null
            ? null
            : parameters => new FeatureVectors(sizes, items.Inputs, kernels, parameters, learning is null ? null : learning.Add));

    private static void WarnOfRepeats(TrainingData data, TrainerOptions options, TrainingMonitor monitor)
    {
        if (!options.ExcludeSeenItems)
        {
            return;
        }

        if (data.ShareOfImmediateRepeats() is double immediate and > ManyRepeats && data.ShareOfRepeats() <= ManyRepeats)
        {
            monitor.Warning(Invariant($"Of the held-out items {100 * immediate:F0} % repeat the item right before them, as copies of an event do; leave such events out with DropRepeats of GroupInteractions, or hydra --drop-repeats."));
        }
        else if (data.ShareOfRepeats() is double share and > ManyRepeats)
        {
            monitor.Warning(Invariant($"Of the held-out items {100 * share:F0} % are in the history before them, and ExcludeSeenItems leaves such items out of every ranking; set ExcludeSeenItems = false if items are to be recommended again."));
        }
    }

    // What a resumed run must have in common with the one it continues.
    private static string Fingerprint(SequenceDataset sequences, ResolvedOptions options, WarmStart? warmStart, ItemFeatures? items)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes($"{OptionsJson.Write(options.All)}\n{options.Seed}\n{sequences.NumberOfItems}\n"));
        for (int i = 0; i < sequences.Count; i++)
        {
            ReadOnlySpan<int> rows = sequences[i];
            hash.AppendData(BitConverter.GetBytes(rows.Length));
            hash.AppendData(MemoryMarshal.AsBytes(rows));
            hash.AppendData(MemoryMarshal.AsBytes(sequences.Times(i)));
        }

        foreach (string name in sequences.Domains?.Names ?? [])
        {
            hash.AppendData(Encoding.UTF8.GetBytes($"{name}\n"));
        }

        hash.AppendData(MemoryMarshal.AsBytes(sequences.Domains is { } domains ? domains.OfItems : default));
        for (int i = 0; sequences.Domains is not null && i < sequences.Count; i++)
        {
            hash.AppendData(BitConverter.GetBytes(sequences.DomainOf(i)));
        }

        foreach (NamedTensor weight in warmStart?.Weights ?? [])
        {
            hash.AppendData(MemoryMarshal.AsBytes(weight.Values<float>().AsSpan()));
        }

        if (items is not null)
        {
            SparseRows features = items.Inputs.Features;
            hash.AppendData(MemoryMarshal.AsBytes<int>(features.Offsets));
            hash.AppendData(MemoryMarshal.AsBytes<int>(features.Columns));
            hash.AppendData(MemoryMarshal.AsBytes<float>(features.Values));
        }

        return Convert.ToHexString(hash.GetHashAndReset());
    }
}

/// <summary>The result of a training run.</summary>
/// <param name="Weights">The weights of the best epoch.</param>
/// <param name="Epochs">Metrics of every epoch that was completed.</param>
/// <param name="BestEpoch">The epoch of the weights.</param>
/// <param name="Data">What was trained on and what was held out.</param>
/// <param name="Items">What it read of the items besides the events; null for nothing.</param>
internal sealed record TrainingResult(
    IReadOnlyList<NamedTensor> Weights, IReadOnlyList<EpochMetrics> Epochs, int BestEpoch, TrainingData Data, ItemFeatures? Items = null)
{
    /// <summary>The mapped features of the items, <c>W^T x</c>, <c>[I + 1, d]</c>; null where their vectors are made of ids only.</summary>
    public float[]? MappedFeatures() => Items is null ? null : FeatureTable.Compute(
        Items.Inputs.Features, Items.Inputs.Gates, new float[Find(FeatureVectors.Own).Data.Length], FeatureMap());

    /// <summary>The fitted model, without a prior.</summary>
    public FittedModel Fitted(ResolvedOptions options, SequenceData data) => new()
    {
        Options = options.All,
        Vocabulary = data.Vocabulary,
        Clock = data.Clock,
        ItemCounts = data.Dataset.CountItems(),
        Domains = data.Dataset.Domains,
        Weights = Items is null ? Weights : FoldedWeights(),
        Epochs = Epochs,
        BestEpoch = BestEpoch,
        ValidationNdcgAt10 = BestEpoch > 0 ? Epochs[BestEpoch - 1].ValidationNdcgAt10 : double.NaN,
    };

    /// <summary>W, <c>[F, d]</c>, of a training with features.</summary>
    public float[] FeatureMap() => Find(FeatureVectors.Map).Values<float>();

    // Scoring reads one vector for each item, wherever it comes from.
    private NamedTensor[] FoldedWeights()
    {
        NamedTensor own = Find(FeatureVectors.Own), map = Find(FeatureVectors.Map);
        float[] table = FeatureTable.Compute(Items!.Inputs.Features, Items.Inputs.Gates, own.Values<float>(), map.Values<float>());
        return [.. Weights.Where(weight => weight != map).Select(weight => weight == own ? new NamedTensor(own.Name, own.Shape, table) : weight)];
    }

    private NamedTensor Find(string name) => Weights.Single(weight => weight.Name == name);
}

/// <summary>The loss is no longer finite. Holds what was learned before.</summary>
internal sealed class TrainingDivergedException(TrainingResult best, int epoch, int batch, double learningRate, Exception cause)
    : InvalidOperationException(
        Invariant($"Training diverged at epoch {epoch}, batch {batch} ({cause.Message}); lower LearningRate (now {learningRate:g3} at this step) or MaximumGradientNorm."),
        cause)
{
    /// <summary>The best weights so far; none before the first epoch was completed.</summary>
    public TrainingResult Best { get; set; } = best;
}
