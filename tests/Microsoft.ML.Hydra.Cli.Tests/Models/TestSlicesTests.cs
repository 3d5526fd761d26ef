using Microsoft.ML.Hydra.Cli.Models;
using Xunit;

namespace Microsoft.ML.Hydra.Cli.Tests.Models;

public sealed class TestSlicesTests
{
    private readonly MLContext _mlContext = new();

    [Fact]
    public void Every_user_is_in_one_slice_of_each_group()
    {
        // 20 items of history and 21; a is a third of the training events, b and c the next, d to f the rest, x is new.
        IReadOnlyList<TestSlice> slices = Cut(
            [["a", "a", "b", "c", "d", "e", "a", "b", "c", "f", "a", "b"]],
            [(20, "a"), (20, "b"), (21, "c"), (21, "f"), (5, "x")]);

        Assert.Equal(
            [
                "history/up to 20: a b x", "history/21 to 100: c f",
                "item/popular third: a", "item/middle third: b c", "item/rare third: f x",
                "training events/0: x", "training events/1 to 5: a b c f",
            ],
            slices.Select(slice => $"{slice.Group}/{slice.Name}: {string.Join(' ', Labels(slice.TestSet))}"));
    }

    [Fact]
    public void A_single_item_is_popular_and_long_histories_have_a_slice() => Assert.Equal(
        ["over 100", "popular third", "1 to 5"],
        Cut([["a"]], [(101, "a")]).Select(slice => slice.Name));

    [Theory]
    [InlineData(5, "1 to 5")]
    [InlineData(6, "6 to 20")]
    [InlineData(20, "6 to 20")]
    [InlineData(21, "over 20")]
    public void Training_events_have_the_ranges_of_the_metrics(int events, string expected) => Assert.Equal(
        expected,
        Cut([[.. Enumerable.Repeat("a", events)]], [(1, "a")]).Single(slice => slice.Group == "training events").Name);

    [Fact]
    public void Users_are_kept_by_whether_their_next_item_is_one_of_some()
    {
        IDataView test = View([(1, "a"), (2, "b"), (3, "a"), (4, "c")]);

        Assert.Equal(["a", "a", "c"], Labels(TestSlices.ByNextItem(_mlContext, test, new HashSet<string> { "a", "c" }, areIn: true)!));
        Assert.Equal(["b"], Labels(TestSlices.ByNextItem(_mlContext, test, new HashSet<string> { "a", "c" }, areIn: false)!));
        Assert.Null(TestSlices.ByNextItem(_mlContext, test, new HashSet<string> { "x" }, areIn: true));
        Assert.Null(TestSlices.ByNextItem(_mlContext, test, new HashSet<string> { "a", "b", "c" }, areIn: false));
    }

    private IReadOnlyList<TestSlice> Cut(string[][] train, (int Length, string Label)[] test) => TestSlices.Cut(
        _mlContext,
        _mlContext.Data.LoadFromEnumerable(train.Select(items => new History { Items = items })),
        View(test));

    private IDataView View((int Length, string Label)[] test) =>
        _mlContext.Data.LoadFromEnumerable(test.Select(row => new Labelled { Items = [.. Enumerable.Repeat("a", row.Length)], NextItem = row.Label }));

    private IEnumerable<string> Labels(IDataView view) => _mlContext.Data.CreateEnumerable<Labelled>(view, reuseRowObject: false).Select(row => row.NextItem);

    private class History
    {
        public string[] Items { get; set; } = [];
    }

    private sealed class Labelled : History
    {
        public string NextItem { get; set; } = "";
    }
}
