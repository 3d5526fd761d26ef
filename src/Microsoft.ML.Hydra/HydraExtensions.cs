using Microsoft.ML.Hydra;

namespace Microsoft.ML;

/// <summary>Adds next-item recommendation to <see cref="MLContext"/>.</summary>
public static class HydraExtensions
{
    /// <summary>Next-item recommendation from sequences of interactions.</summary>
    /// <param name="mlContext">The context whose seed, log, device and cancellation apply.</param>
    public static SequenceRecommendationCatalog SequenceRecommendation(this MLContext mlContext)
    {
        ArgumentNullException.ThrowIfNull(mlContext);
        return new SequenceRecommendationCatalog(mlContext);
    }
}
