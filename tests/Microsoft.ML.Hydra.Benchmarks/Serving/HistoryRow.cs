namespace Microsoft.ML.Hydra.Benchmarks.Serving;

/// <summary>A row of a view with a history.</summary>
internal sealed class HistoryRow
{
    /// <summary>Items, oldest first.</summary>
    public int[] Items { get; set; } = [];
}
