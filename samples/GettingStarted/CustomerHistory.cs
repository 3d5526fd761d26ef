namespace GettingStarted;

/// <summary>The input of the model: one customer, and the purchase that was held out.</summary>
internal sealed class CustomerHistory
{
    public string UserId { get; set; } = "";

    public string[] Items { get; set; } = [];

    public string NextItem { get; set; } = "";
}

/// <summary>The output of the model: products, best first, and their scores.</summary>
internal sealed class Recommendation
{
    public string[] PredictedItems { get; set; } = [];

    public float[] Score { get; set; } = [];
}
