namespace Microsoft.ML.Hydra.Tests.Integration;

/// <summary>A customer's items with their times and, for evaluation, the item that came next.</summary>
internal sealed class Visit
{
    public string[] Items { get; set; } = [];

    public double[] Timestamps { get; set; } = [];

    public string NextItem { get; set; } = "";
}
