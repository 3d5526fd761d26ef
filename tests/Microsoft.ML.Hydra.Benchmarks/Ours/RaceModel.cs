using Microsoft.ML.Hydra.Benchmarks.Races;
using Microsoft.ML.Hydra.Numerics;
using Microsoft.ML.Hydra.Options;
using Microsoft.ML.Hydra.Training;

namespace Microsoft.ML.Hydra.Benchmarks.Ours;

/// <summary>The model and the batch of the races: the trainer's defaults for a width, with two layers.</summary>
internal static class RaceModel
{
    /// <summary>Items of the catalogue.</summary>
    public const int Items = 3500;

    /// <summary>Share of values dropped, on each side.</summary>
    public const double Dropout = 0.2;

    /// <summary>Learning rate of every step.</summary>
    public const double LearningRate = 1e-3;

    /// <summary>Bound of the gradients' norm.</summary>
    public const double MaximumGradientNorm = 1;

    private const int Layers = 2;
    private const int TokensPerBatch = 128 * 200;

    /// <summary>Options of ours. Inner heads grow with the model, so that a latent head always has two.</summary>
    public static HydraSequenceRecommendationTrainer.Options Options(RaceSettings settings, int layers = Layers)
    {
        var options = new HydraSequenceRecommendationTrainer.Options { EmbeddingDimension = settings.Dimension, NumberOfLayers = layers };
        options.InnerHeadDimension = options.ExpansionFactor * ResolvedOptions.LatentWidthOf(options) / 2;
        return options;
    }

    /// <summary>Sizes of ours.</summary>
    public static ModelSizes Sizes(RaceSettings settings, int layers = Layers) => ResolvedOptions.SizesFor(Options(settings, layers), Items);

    /// <summary>Sequences of a batch with <paramref name="tokens"/> tokens, at least one.</summary>
    public static int Sequences(RaceSettings settings, int tokens) => settings.IsRehearsal ? 1 : Math.Max(1, tokens / settings.Length);

    /// <summary>Sequences of a training batch.</summary>
    public static int TrainingSequences(RaceSettings settings) => Sequences(settings, TokensPerBatch);

    /// <summary>A training batch.</summary>
    public static SequenceBatch TrainingBatch(RaceSettings settings) => Batch(TrainingSequences(settings), settings.Length);

    /// <summary>Sequences of one length over random items.</summary>
    public static SequenceBatch Batch(int sequences, int length, int items = Items)
    {
        var random = new Random(7);
        int[] events = [.. Enumerable.Range(0, sequences * (length + 1)).Select(_ => random.Next(1, items + 1))];
        int[] places = [.. Enumerable.Range(0, sequences * length)];
        return new SequenceBatch
        {
            Lengths = [.. Enumerable.Repeat(length, sequences)],
            Items = [.. places.Select(i => events[i + (i / length)])],
            Positions = [.. places.Select(i => i % length)],
            Targets = [.. places.Select(i => (long)events[i + (i / length) + 1])],
        };
    }
}
