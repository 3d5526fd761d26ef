using Microsoft.ML.Hydra.Cli.Input;

namespace Microsoft.ML.Hydra.Cli.Models;

/// <summary>
/// Cuts a test set by the length of the histories; by the popularity of the item to predict: the most popular items with a third of the training events,
/// the items with the next third, and the rest; and by the number of its training events. An item that training has not seen is rare and has 0 of them.
/// </summary>
internal sealed class TestSlices
{
    /// <summary>The group by training events. All events of the train set count, those on which a training validates too.</summary>
    public const string TrainingEvents = "training events";

    private static readonly (string Name, int Most)[] s_lengths = [("up to 20", 20), ("21 to 100", 100), ("over 100", int.MaxValue)];
    private static readonly string[] s_thirds = ["popular third", "middle third", "rare third"];

    // As SequenceRecommendationMetrics.ByTrainingEvents.
    private static readonly (string Name, int Most)[] s_events = [("0", 0), ("1 to 5", 5), ("6 to 20", 20), ("over 20", int.MaxValue)];

    private readonly Dictionary<string, int> _events;
    private readonly Dictionary<string, int> _thirds;

    private TestSlices(Dictionary<string, int> events) => (_events, _thirds) = (events, Thirds(events));

    /// <summary>The slices that are not empty.</summary>
    /// <param name="mlContext">The context that filters.</param>
    /// <param name="trainSet">Rows with <c>Items</c> to count.</param>
    /// <param name="testSet">Rows with <c>Items</c> and <c>NextItem</c>.</param>
    public static IReadOnlyList<TestSlice> Cut(MLContext mlContext, IDataView trainSet, IDataView testSet)
    {
        var slices = new TestSlices(mlContext.Data.CreateEnumerable<Row>(trainSet, reuseRowObject: false)
            .SelectMany(row => row.Items).CountBy(item => item).ToDictionary(StringComparer.Ordinal));
        (string Name, string[] Ranges, Func<TestRow, int> RangeOf)[] groups =
        [
            ("history", [.. s_lengths.Select(length => length.Name)], row => Range(s_lengths, row.Items.Length)),
            ("item", s_thirds, row => slices._thirds.GetValueOrDefault(row.NextItem, s_thirds.Length - 1)),
            (TrainingEvents, [.. s_events.Select(events => events.Name)], row => Range(s_events, slices._events.GetValueOrDefault(row.NextItem))),
        ];
        var found = new HashSet<(string Group, int Range)>();
        foreach (TestRow row in mlContext.Data.CreateEnumerable<TestRow>(testSet, reuseRowObject: false))
        {
            found.UnionWith(groups.Select(group => (group.Name, group.RangeOf(row))));
        }

        return
        [
            .. from part in groups
               from range in part.Ranges.Index()
               where found.Contains((part.Name, range.Index))
               select new TestSlice(part.Name, range.Item, Keep(mlContext, testSet, row => part.RangeOf(row) == range.Index)),
            .. ByDomain(mlContext, testSet),
        ];
    }

    // None without a column of domains.
    private static IEnumerable<TestSlice> ByDomain(MLContext mlContext, IDataView testSet) => testSet.Schema.GetColumnOrNull(Interactions.Domain) is null
        ? []
        : mlContext.Data.CreateEnumerable<DomainRow>(testSet, reuseRowObject: false).Select(row => row.Domain).Distinct()
            .Select(domain => new TestSlice("domain", domain, mlContext.Data.FilterByCustomPredicate<DomainRow>(testSet, row => row.Domain != domain)));

    /// <summary>Keeps the users whose next item is in a set of items, or keeps all other users. Null where no user is left.</summary>
    /// <param name="mlContext">The context that filters.</param>
    /// <param name="testSet">Rows with <c>Items</c> and <c>NextItem</c>.</param>
    /// <param name="items">The set.</param>
    /// <param name="areIn">Whether to keep the users whose next item is in the set.</param>
    public static IDataView? ByNextItem(MLContext mlContext, IDataView testSet, IReadOnlySet<string> items, bool areIn) =>
        mlContext.Data.CreateEnumerable<TestRow>(testSet, reuseRowObject: false).Any(row => items.Contains(row.NextItem) == areIn)
            ? Keep(mlContext, testSet, row => items.Contains(row.NextItem) == areIn)
            : null;

    private static IDataView Keep(MLContext mlContext, IDataView testSet, Func<TestRow, bool> kept) =>
        mlContext.Data.FilterByCustomPredicate<TestRow>(testSet, row => !kept(row));

    private static int Range((string Name, int Most)[] ranges, int value) => Array.FindIndex(ranges, range => value <= range.Most);

    // The third of an item follows from the number of events of all more popular items; ties keep the order of first appearance.
    private static Dictionary<string, int> Thirds(Dictionary<string, int> events)
    {
        long all = events.Values.Sum(count => (long)count), before = 0;
        var thirds = new Dictionary<string, int>();
        foreach ((string item, int count) in events.OrderByDescending(item => item.Value))
        {
            thirds[item] = (int)(s_thirds.Length * before / all);
            before += count;
        }

        return thirds;
    }

    private sealed class DomainRow
    {
        public string Domain { get; set; } = "";
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

/// <summary>Some of the users to test.</summary>
/// <param name="Group">The property by which users are grouped.</param>
/// <param name="Name">The range of that property.</param>
/// <param name="TestSet">Their rows.</param>
internal sealed record TestSlice(string Group, string Name, IDataView TestSet);
