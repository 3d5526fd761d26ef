namespace GettingStarted;

/// <summary>What the model answers: products, best first, and their scores.</summary>
internal sealed class Recommendation
{
    public string[] PredictedItems { get; set; } = [];

    public float[] Score { get; set; } = [];
}
