using System.Globalization;

namespace Microsoft.ML.Hydra.Tests.Integration;

/// <summary>An output row.</summary>
internal sealed class Recommendation<T>
{
    public T[] PredictedItems { get; set; } = [];

    public float[] Score { get; set; } = [];

    /// <summary>Items and scores such that equal texts mean equal bits.</summary>
    public override string ToString() => string.Join(
        '|', PredictedItems.Zip(Score, (item, score) => string.Create(CultureInfo.InvariantCulture, $"{item}={score:R}")));
}
