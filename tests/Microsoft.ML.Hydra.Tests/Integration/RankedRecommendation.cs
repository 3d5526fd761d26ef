namespace Microsoft.ML.Hydra.Tests.Integration;

/// <summary>An output row of a labeled history.</summary>
internal sealed class RankedRecommendation<T>
{
    public T[] PredictedItems { get; set; } = [];

    public float[] Score { get; set; } = [];

    public int LabelRank { get; set; }
}
