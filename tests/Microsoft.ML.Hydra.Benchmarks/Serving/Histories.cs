namespace Microsoft.ML.Hydra.Benchmarks.Serving;

/// <summary>Histories over a catalogue with the item ids 1, 2, ….</summary>
internal static class Histories
{
    /// <summary>Histories of random items; a seed always gives the same ones.</summary>
    public static int[][] Random(int count, int length, int items, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => Enumerable.Range(0, length).Select(_ => random.Next(1, items + 1)).ToArray())];
    }

    /// <summary>Every item once.</summary>
    public static IEnumerable<int[]> OfAll(int items) => Enumerable.Range(1, items).Chunk(100);

    /// <summary>A view with a row for each history.</summary>
    public static IDataView View(MLContext context, IEnumerable<int[]> histories) =>
        context.Data.LoadFromEnumerable(histories.Select(items => new HistoryRow { Items = items }));
}

/// <summary>A row of a view: one history.</summary>
internal sealed class HistoryRow
{
    /// <summary>Items, oldest first.</summary>
    public int[] Items { get; set; } = [];
}

/// <summary>The columns that a model adds to a <see cref="HistoryRow"/>.</summary>
internal sealed class RecommendedRow
{
    /// <summary>The best items, best first.</summary>
    public int[] PredictedItems { get; set; } = [];

    /// <summary>Their scores.</summary>
    public float[] Score { get; set; } = [];
}
