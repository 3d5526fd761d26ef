namespace Microsoft.ML.Hydra.Cli.Models;

/// <summary>
/// Cuts a test set by the length of the histories, and by how popular the item to predict is: the most popular items that make up a third of
/// the training events, those of the next third, and the rest with the items that training has not seen.
/// </summary>
internal sealed class TestSlices
{
    private static readonly (string Name, int Most)[] s_lengths = [("up to 20", 20), ("21 to 100", 100), ("over 100", int.MaxValue)];
    private static readonly string[] s_thirds = ["popular third", "middle third", "rare third"];

    private readonly Dictionary<string, int> _thirds;

    private TestSlices(Dictionary<string, int> thirds) => _thirds = thirds;

    /// <summary>The slices that hold anybody.</summary>
    /// <param name="mlContext">The context that filters.</param>
    /// <param name="trainSet">Rows with <c>Items</c> to count.</param>
    /// <param name="testSet">Rows with <c>Items</c> and <c>NextItem</c>.</param>
    public static IReadOnlyList<TestSlice> Cut(MLContext mlContext, IDataView trainSet, IDataView testSet)
    {
        var slices = new TestSlices(Thirds(mlContext.Data.CreateEnumerable<Row>(trainSet, reuseRowObject: false)));
        var found = new HashSet<(int Length, int Third)>();
        foreach (TestRow row in mlContext.Data.CreateEnumerable<TestRow>(testSet, reuseRowObject: false))
        {
            found.Add((Length(row), slices.Third(row)));
        }

        return
        [
            .. s_lengths.Index().Where(length => found.Any(row => row.Length == length.Index))
                .Select(length => new TestSlice("history", length.Item.Name, Keep(row => Length(row) == length.Index))),
            .. s_thirds.Index().Where(third => found.Any(row => row.Third == third.Index))
                .Select(third => new TestSlice("item", third.Item, Keep(row => slices.Third(row) == third.Index))),
        ];

        IDataView Keep(Func<TestRow, bool> kept) => mlContext.Data.FilterByCustomPredicate<TestRow>(testSet, row => !kept(row));
    }

    private static int Length(TestRow row) => Array.FindIndex(s_lengths, length => row.Items.Length <= length.Most);

    private int Third(TestRow row) => _thirds.GetValueOrDefault(row.NextItem, s_thirds.Length - 1);

    // An item belongs where the events of all more popular ones end; of equally popular ones the first comes first.
    private static Dictionary<string, int> Thirds(IEnumerable<Row> rows)
    {
        Dictionary<string, long> counts = rows.SelectMany(row => row.Items).CountBy(item => item).ToDictionary(item => item.Key, item => (long)item.Value);
        long all = counts.Values.Sum(), before = 0;
        var thirds = new Dictionary<string, int>();
        foreach ((string item, long count) in counts.OrderByDescending(item => item.Value))
        {
            thirds[item] = (int)(s_thirds.Length * before / all);
            before += count;
        }

        return thirds;
    }

    private class Row
    {
        public string[] Items { get; set; } = [];
    }

    private sealed class TestRow : Row
    {
        public string NextItem { get; set; } = "";
    }
}
