namespace Microsoft.ML.Hydra;

/// <summary>Metrics of next-item recommendation over the full catalogue.</summary>
public sealed class SequenceRecommendationMetrics
{
}
