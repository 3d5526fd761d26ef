using Microsoft.ML.Hydra.Compute;
using Microsoft.ML.Hydra.Features;
using Microsoft.ML.Hydra.Items;
using Microsoft.ML.Hydra.Options;
using Microsoft.ML.Hydra.Persistence;
using Microsoft.ML.Hydra.Tests.Items;
using Microsoft.ML.Hydra.Training;
using Xunit;
using static TorchSharp.torch;

namespace Microsoft.ML.Hydra.Tests.Training;

/// <summary>A training run of a fraction of a second, and what it reported to its monitor.</summary>
internal sealed class SmallRun(TrainerOptions options)
{
    public TrainerOptions Options => options;

    public SequenceDataset Data { get; init; } = SampleSequences.Walks();

    public WarmStart? WarmStart { get; init; }

    /// <summary>What is known of the items besides the events; null for nothing.</summary>
    public ItemContent? Content { get; init; }

    /// <summary>Asked before every step.</summary>
    public Func<SmallRun, bool> IsCancelled { get; init; } = _ => false;

    public List<EpochMetrics> Epochs { get; } = [];

    public List<(int epoch, int batch, int batches)> Steps { get; } = [];

    public List<string> Warnings { get; } = [];

    /// <summary>Options of a small model that is trained for a few epochs with everything random switched on.</summary>
    public static TrainerOptions SmallOptions(Action<TrainerOptions>? change = null)
    {
        var options = new TrainerOptions
        {
            EmbeddingDimension = 8,
            NumberOfLayers = 1,
            NumberOfLatentHeads = 2,
            StateDimension = 4,
            InnerHeadDimension = 4,
            MaximumSequenceLength = 8,
            MaximumTokensPerBatch = 48,
            NumberOfEpochs = 4,
            LearningRate = 0.01,
            WeightDecay = 0.01,
            DropoutRate = 0.2,
            LaterTargetRate = 0.2,
            Patience = 0,
            Seed = 7,
        };
        change?.Invoke(options);
        OptionRanges.Check(options);
        return options;
    }

    public TrainingMonitor Monitor => new()
    {
        IsCancelled = () => IsCancelled(this),
        EpochCompleted = Epochs.Add,
        StepCompleted = (epoch, batch, batches, _) => Steps.Add((epoch, batch, batches)),
        Warning = Warnings.Add,
    };

    public ResolvedOptions Resolved => new(options);

    public TrainingResult Train() => TrainingRun.Train(Data, Resolved, new TorchDeviceChoice(CPU, "CPU"), Monitor, WarmStart, Content);

    /// <summary>Every weight the same to the bit.</summary>
    public static void AssertSameWeights(IReadOnlyList<NamedTensor> expected, IReadOnlyList<NamedTensor> actual)
    {
        Assert.NotEmpty(expected);
        Assert.Equal(expected.Select(w => w.Name), actual.Select(w => w.Name));
        foreach ((NamedTensor reference, NamedTensor found) in expected.Zip(actual))
        {
            Assert.Equal(reference.Shape, found.Shape);
            Assert.True(reference.Values<float>().AsSpan().SequenceEqual(found.Values<float>()), $"{reference.Name} differs");
        }
    }

    /// <summary>Whether any weight differs.</summary>
    public static bool Differ(IReadOnlyList<NamedTensor> one, IReadOnlyList<NamedTensor> other) =>
        one.Zip(other).Any(pair => !pair.First.Values<float>().AsSpan().SequenceEqual(pair.Second.Values<float>()));
}
