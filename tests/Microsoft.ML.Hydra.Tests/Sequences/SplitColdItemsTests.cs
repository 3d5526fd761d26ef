using System.Globalization;
using Microsoft.ML.Data;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Sequences;

public sealed class SplitColdItemsTests
{
    // Nine items; "only" is a user of one item, and "late" an item that no history has.
    private static readonly string[][] s_histories =
    [
        ["tea", "milk", "jam", "rum"], ["milk", "bread", "tea"], ["jam", "milk", "late"], ["bread", "rum", "salt", "tea"], ["oil"], ["salt", "oil", "rum", "milk", "nut"],
    ];

    private readonly MLContext _ml = new(1);

    [Fact]
    public void New_items_are_in_no_history_and_every_last_item_is_tested()
    {
        SequenceColdItemsData split = _ml.SequenceRecommendation().SplitColdItems(View(s_histories), 0.3, seed: 4);

        string[] cold = [.. split.ColdItems.Cast<string>()];
        Assert.Equal(3, cold.Distinct().Count());   // 0.3 of 9 items
        Assert.Empty(cold.Except(s_histories.SelectMany(items => items)));
        Assert.Equal(
            s_histories.Select(items => items.Length == 1 ? items : items[..^1]).Select(items => items.Except(cold)).Where(items => items.Any()),
            split.TrainSet.GetColumn<string[]>("Items"));
        Assert.Equal(
            s_histories.Where(items => items.Length > 1).Select(items => items[..^1].Except(cold)),
            split.TestSet.GetColumn<string[]>("Items"));
        Assert.Equal(["rum", "tea", "late", "tea", "nut"], split.TestSet.GetColumn<string>("NextItem"));
    }

    [Fact]
    public void Timestamps_are_left_out_with_their_items()
    {
        IDataView grouped = Interactions.Group(_ml, Interactions.Load<int, long, long>(
            _ml, (1, 5, 10), (1, 6, 20), (1, 5, 30), (1, 7, 40), (1, 6, 50), (2, 6, 60), (2, 7, 70)));
        int seed = SeedThatDraws(grouped, 6L);

        SequenceColdItemsData split = _ml.SequenceRecommendation().SplitColdItems(grouped, 0.3, seed);

        Assert.Equal([6L], split.ColdItems);
        Assert.Equal([[5, 5, 7]], split.TrainSet.GetColumn<long[]>("Items"));
        Assert.Equal([[10, 30, 40]], split.TrainSet.GetColumn<long[]>("Timestamps"));
        Assert.Equal([1], split.TrainSet.GetColumn<int>("UserId"));
        Assert.Equal([[5, 5, 7], []], split.TestSet.GetColumn<long[]>("Items"));
        Assert.Equal([[10, 30, 40], []], split.TestSet.GetColumn<long[]>("Timestamps"));
        Assert.Equal([6, 7], split.TestSet.GetColumn<long>("NextItem"));
        Assert.Equal([50, 70], split.TestSet.GetColumn<long>("NextTimestamp"));
        Assert.Equal([1, 2], split.TestSet.GetColumn<int>("UserId"));
    }

    [Fact]
    public void The_draw_depends_on_the_seed_and_not_on_the_order_of_the_data()
    {
        string[][] many = [.. Enumerable.Range(0, 40).Select(user => (string[])[$"a{user}", $"b{user}", $"c{user % 7}"])];
        object[] first = Draw(many, 0.2, 1);

        Assert.Equal(17, first.Length);   // of 87
        Assert.Equal(first, Draw([.. many.Reverse()], 0.2, 1));
        Assert.Equal(first, Draw([.. many.Select(items => items.Reverse().ToArray())], 0.2, 1));
        Assert.NotEqual(first.Order(), Draw(many, 0.2, 2).Order());
        Assert.Equal(first, Draw(many, 0.5, 1)[..17]);
    }

    [Fact]
    public void Every_item_is_drawn_equally_often()
    {
        string[][] one = [[.. Enumerable.Range(0, 20).Select(i => $"item{i}")]];
        Dictionary<object, int> drawn = Enumerable.Range(0, 400).SelectMany(seed => Draw(one, 0.25, seed)).CountBy(item => item).ToDictionary();

        // 400 draws with probability 1/4: mean 100, standard deviation 8.7
        Assert.Equal(20, drawn.Count);
        Assert.All(drawn.Values, count => Assert.InRange(count, 65, 135));
    }

    [Fact]
    public void Ids_of_another_type_are_drawn_by_the_same_text_and_allow_what_they_name()
    {
        int[][] numbers = [[3, 14, 15, 92, 65], [35, 89, 79, 32, 3], [14, 92, 38]];
        IDataView text = View([.. numbers.Select(items => items.Select(item => item.ToString(CultureInfo.InvariantCulture)).ToArray())]);
        IDataView keys = _ml.Transforms.Conversion.MapValueToKey("Items").Fit(text).Transform(text);
        IDataView integers = _ml.Data.LoadFromEnumerable(numbers.Select(items => new Numbers { Items = items }));

        SequenceColdItemsData ofText = _ml.SequenceRecommendation().SplitColdItems(text, 0.4);
        SequenceColdItemsData ofKeys = _ml.SequenceRecommendation().SplitColdItems(keys, 0.4);
        SequenceColdItemsData ofIntegers = _ml.SequenceRecommendation().SplitColdItems(integers, 0.4);

        Assert.Equal(4, ofText.ColdItems.Count);
        Assert.Equal(ofText.ColdItems, ofKeys.ColdItems);
        Assert.Equal(ofText.ColdItems, ofIntegers.ColdItems.Select(item => ((int)item).ToString(CultureInfo.InvariantCulture)));
        IDataView mapped = _ml.Transforms.Conversion.MapKeyToValue("Items").Fit(ofKeys.TestSet).Transform(ofKeys.TestSet);
        Assert.IsType<KeyDataViewType>(ofKeys.TestSet.Schema["NextItem"].Type);
        Assert.Equal(ofText.TestSet.GetColumn<string[]>("Items"), mapped.GetColumn<string[]>("Items"));
        Assert.Equal(
            ofText.TestSet.GetColumn<string[]>("Items"),
            ofIntegers.TestSet.GetColumn<int[]>("Items").Select(items => items.Select(item => item.ToString(CultureInfo.InvariantCulture))));
    }

    [Fact]
    public void Keys_that_do_not_occur_are_not_drawn()
    {
        IDataView view = View([["a", "b", "c"]]);
        IDataView keyed = _ml.Transforms.Conversion.MapValueToKey("Items", keyData: _ml.Data.LoadFromEnumerable(
            Enumerable.Range(0, 50).Select(i => new Name { Id = $"x{i}" }).Concat([new() { Id = "a" }, new() { Id = "b" }, new() { Id = "c" }]))).Fit(view).Transform(view);

        Assert.All(Enumerable.Range(0, 10), seed => Assert.Contains(
            Assert.Single(_ml.SequenceRecommendation().SplitColdItems(keyed, 0.1, seed).ColdItems), new object[] { "a", "b", "c" }));
    }

    [Fact]
    public void At_least_one_item_is_new_and_one_is_not()
    {
        Assert.Single(Draw([["a", "b", "c"]], 0.001, 1));
        Assert.Equal(2, Draw([["a", "b", "c"]], 0.999, 1).Length);
    }

    [Fact]
    public void A_share_outside_0_to_1_is_refused()
    {
        foreach (double share in new[] { 0, 1, -0.1, 1.5, double.NaN })
        {
            ArgumentOutOfRangeException error = Assert.Throws<ArgumentOutOfRangeException>(() => Draw(s_histories, share, 1));
            Assert.Contains("above 0 and below 1, for example 0.1", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Fewer_than_two_items_and_columns_that_hold_none_are_refused()
    {
        Assert.Contains("holds one item only", Assert.Throws<InvalidOperationException>(() => Draw([["a", "a"]], 0.1, 1)).Message, StringComparison.Ordinal);
        Assert.Contains("holds no items", Assert.Throws<InvalidOperationException>(() => Draw([[""]], 0.1, 1)).Message, StringComparison.Ordinal);
        IDataView floats = _ml.Data.LoadFromEnumerable(new[] { new Floats { Items = [1, 2] } });
        Assert.Contains(
            "'Items' has type Vector<Single>, but a vector of text, of an integer type or of keys is needed",
            Assert.Throws<ArgumentException>(() => _ml.SequenceRecommendation().SplitColdItems(floats)).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "'Products' is not in the data",
            Assert.Throws<ArgumentException>(() => _ml.SequenceRecommendation().SplitColdItems(floats, itemsColumnName: "Products")).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Baselines_rank_known_items_and_miss_new_ones()
    {
        SequenceColdItemsData split = _ml.SequenceRecommendation().SplitColdItems(View(s_histories), 0.3, seed: 4);
        SequenceRecommendationMetrics metrics = _ml.SequenceRecommendation().EvaluateBaseline(
            SequenceBaseline.Popularity, split.TrainSet, split.TestSet, excludeSeenItems: false);

        string[] known = [.. split.TrainSet.GetColumn<string[]>("Items").SelectMany(items => items).Distinct()];
        string[] next = [.. split.TestSet.GetColumn<string>("NextItem")];
        Assert.Equal(known.Length, metrics.NumberOfItems);
        Assert.Equal(next.Select(known.Contains), metrics.LabelRanks.Select(rank => rank > 0));
        Assert.Contains(next, item => split.ColdItems.Contains(item));
    }

    private object[] Draw(string[][] histories, double share, int seed) =>
        [.. _ml.SequenceRecommendation().SplitColdItems(View(histories), share, seed).ColdItems];

    private int SeedThatDraws(IDataView sequences, object item) => Enumerable.Range(0, 100).First(
        seed => _ml.SequenceRecommendation().SplitColdItems(sequences, 0.3, seed).ColdItems is [object only] && only.Equals(item));

    private IDataView View(string[][] histories) => _ml.Data.LoadFromEnumerable(histories.Select(items => new Row { Items = items }));

    private sealed class Row
    {
        public string[] Items { get; set; } = [];
    }

    private sealed class Numbers
    {
        public int[] Items { get; set; } = [];
    }

    private sealed class Floats
    {
        public float[] Items { get; set; } = [];
    }

    private sealed class Name
    {
        public string Id { get; set; } = "";
    }
}
