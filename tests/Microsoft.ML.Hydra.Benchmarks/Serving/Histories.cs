namespace Microsoft.ML.Hydra.Benchmarks.Serving;

/// <summary>Histories of a catalogue whose items are named 1, 2, ….</summary>
internal static class Histories
{
    /// <summary>Histories of random items, the same ones for a seed.</summary>
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
