using Microsoft.ML.Hydra.Cli.Input;

namespace Microsoft.ML.Hydra.Cli.Models;

/// <summary>The size that a model will have on disk, known before it is trained.</summary>
internal static class ModelSize
{
    private const int SmallestAutomaticWidth = 64;
    private const int BytesOfWeight = sizeof(float);

    // Weights hardly get smaller in a zip: at most by a tenth.
    private const double ShareAfterCompression = 0.9;

    // Two files, and a third while one is written; each with the weights, the two averages of the optimiser and the best weights.
    private const int CheckpointsAtOnce = 3;
    private const int WeightsInCheckpoint = 4;

    /// <summary>The bytes of the item vectors, which every model has; its layers and its counts come on top.</summary>
    /// <param name="options">The options.</param>
    /// <param name="sequences">One row for each user with <c>Items</c>.</param>
    /// <param name="cancellationToken">Stops the count.</param>
    public static long AtLeast(HydraSequenceRecommendationTrainer.Options options, IDataView sequences, CancellationToken cancellationToken)
    {
        long items = SequenceFacts.Count(sequences, cancellationToken).Items;
        int width = options.EmbeddingDimension > 0 ? options.EmbeddingDimension : SmallestAutomaticWidth;
        return (long)(items * width * BytesOfWeight * ShareAfterCompression);
    }

    /// <summary>The bytes of the checkpoints kept, about, from those of a model.</summary>
    public static long OfCheckpoints(long model) => (long)(model / ShareAfterCompression) * WeightsInCheckpoint * CheckpointsAtOnce;
}
