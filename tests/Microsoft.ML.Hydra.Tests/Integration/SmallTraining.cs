namespace Microsoft.ML.Hydra.Tests.Integration;

/// <summary>Options that learn <see cref="Shelves"/> in half a second.</summary>
internal static class SmallTraining
{
    /// <summary>A new set each time; change what a test needs.</summary>
    public static HydraSequenceRecommendationTrainer.Options Options() => new()
    {
        EmbeddingDimension = 16,
        NumberOfLayers = 1,
        NumberOfLatentHeads = 2,
        StateDimension = 8,
        InnerHeadDimension = 8,
        NumberOfEpochs = 5,
        MaximumTokensPerBatch = 256,
        LearningRate = 0.04,
        DropoutRate = 0.1,
    };
}
