namespace Microsoft.ML.Hydra;

/// <summary>Training stopped because loss or gradients were no longer finite.</summary>
public sealed class HydraTrainingDivergedException : InvalidOperationException
{
    internal HydraTrainingDivergedException(string message, HydraSequenceRecommendationTransformer? lastGoodModel, Exception cause)
        : base(message, cause) => LastGoodModel = lastGoodModel;

    /// <summary>The best model of the completed epochs, without a co-occurrence prior, or <see langword="null"/> before the first.</summary>
    public HydraSequenceRecommendationTransformer? LastGoodModel { get; }
}
