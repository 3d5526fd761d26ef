using Microsoft.ML.Data;

/// <summary>What is recommended after a history, best first.</summary>
internal sealed class Prediction
{
    [VectorType]
    public string[] PredictedItems { get; set; } = [];

    [VectorType]
    public float[] Score { get; set; } = [];
}
