namespace Microsoft.ML.Hydra.Benchmarks.Serving;

/// <summary>What a model adds to a <see cref="HistoryRow"/>.</summary>
internal sealed class RecommendedRow
{
    /// <summary>The best items, best first.</summary>
    public int[] PredictedItems { get; set; } = [];

    /// <summary>Their scores.</summary>
    public float[] Score { get; set; } = [];
}
