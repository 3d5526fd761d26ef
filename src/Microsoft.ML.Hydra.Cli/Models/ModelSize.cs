using Microsoft.ML.Hydra.Cli.Input;

namespace Microsoft.ML.Hydra.Cli.Models;

/// <summary>The size that a model will have on disk, known before it is trained.</summary>
internal static class ModelSize
{
    private const int SmallestAutomaticWidth = 64;
    private const int BytesOfWeight = sizeof(float);

    // Weights hardly get smaller in a zip: at most by a tenth.
    private const double ShareAfterCompression = 0.9;

    // A layer has this many squares of the width, about.
    private const int SquaresInLayer = 14;

    // Two files, and a third while one is written; each with the weights, the two averages of the optimiser and the best weights.
    private const int CheckpointsAtOnce = 3;
    private const int WeightsInCheckpoint = 4;

    /// <summary>The bytes that the model has at least, those of its item vectors; about all of them; and about those of the checkpoints that are kept at once.</summary>
    /// <param name="options">The options.</param>
    /// <param name="sequences">One row for each user with <c>Items</c>.</param>
    /// <param name="cancellationToken">Stops the count.</param>
    public static (long Least, long About, long Checkpoints) Estimate(
        HydraSequenceRecommendationTrainer.Options options, IDataView sequences, CancellationToken cancellationToken)
    {
        long width = options.EmbeddingDimension > 0 ? options.EmbeddingDimension : SmallestAutomaticWidth;
        long items = SequenceFacts.Count(sequences, cancellationToken).Items * width * BytesOfWeight;
        long layers = options.NumberOfLayers * SquaresInLayer * width * width * BytesOfWeight;
        return ((long)(items * ShareAfterCompression), (long)((items + layers) * ShareAfterCompression), (items + layers) * WeightsInCheckpoint * CheckpointsAtOnce);
    }
}
