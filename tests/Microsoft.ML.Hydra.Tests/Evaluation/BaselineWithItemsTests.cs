using Xunit;

namespace Microsoft.ML.Hydra.Tests.Evaluation;

public sealed class BaselineWithItemsTests
{
    // Popularity tea 3, cup 2, jam 2.
    private static readonly History<string>[] s_train = [new() { Items = ["tea", "cup", "jam"] }, new() { Items = ["tea", "cup"] }, new() { Items = ["jam", "tea"] }];

    // After tea: pot (1), cup (0.7 or so), jam (0). The words that two items of the train set have are "hot" and "blue".
    private static readonly Item<string>[] s_items =
    [
        new() { ItemId = "tea", Text = "hot" }, new() { ItemId = "cup", Text = "hot blue" }, new() { ItemId = "jam", Text = "blue" }, new() { ItemId = "pot", Text = "hot" },
    ];

    private readonly MLContext _mlContext = new(seed: 1);

    [Fact]
    public void Text_neighbors_rank_items_that_training_has_not_seen()
    {
        SequenceRecommendationMetrics metrics = Evaluate(SequenceBaseline.TextNeighbors, new() { Items = View(s_items) });
        Assert.Equal([1, 2, 3, 1, 0], metrics.LabelRanks);
        Assert.Equal((4, 1), (metrics.NumberOfItems, metrics.NumberOfLabelsNotInModel));
        Assert.Equal([2, 3, 0, 0], metrics.ByTrainingEvents.Select(part => part.NumberOfUsers));
        Assert.Equal([2, 3, 4, 2, 0], Evaluate(SequenceBaseline.TextNeighbors, new() { Items = View(s_items), ExcludeSeenItems = false }).LabelRanks);
    }

    [Theory]
    [InlineData(SequenceBaseline.Popularity, new[] { 3, 1, 2, 2, 0 })]
    [InlineData(SequenceBaseline.Markov1, new[] { 3, 1, 2, 2, 0 })]
    [InlineData(SequenceBaseline.Markov10, new[] { 3, 1, 2, 2, 0 })]
    [InlineData(SequenceBaseline.ItemKnn, new[] { 3, 1, 2, 2, 0 })]
    public void A_baseline_that_counts_ranks_new_items_last_and_the_others_as_before(SequenceBaseline baseline, int[] ranks)
    {
        SequenceRecommendationMetrics with = Evaluate(baseline, new() { Items = View(s_items) }), without = Evaluate(baseline, new());
        Assert.Equal(ranks, with.LabelRanks);
        Assert.Equal([0, .. ranks[1..]], without.LabelRanks);
        Assert.Equal((4, 3), (with.NumberOfItems, without.NumberOfItems));
    }

    [Fact]
    public void Allowed_and_denied_items_decide_what_is_ranked()
    {
        SequenceRecommendationMetrics allowed = Evaluate(SequenceBaseline.TextNeighbors, new() { Items = View(s_items), AllowedItems = new[] { "pot", "jam" } });
        Assert.Equal([1, 0, 2, 0, 0], allowed.LabelRanks);
        Assert.Equal(3, allowed.NumberOfUnknownLabels);
        var options = new SequenceBaselineOptions { Items = View(s_items), DeniedItems = new[] { "pot", "nothing" } };
        var warnings = new List<string>();
        _mlContext.Log += (_, e) => warnings.Add(e.Message);
        Assert.Equal([0, 1, 2, 1, 0], Evaluate(SequenceBaseline.TextNeighbors, options).LabelRanks);
        Assert.Contains(warnings, message => message.Contains("0 of AllowedItems and 1 of DeniedItems", StringComparison.Ordinal));
    }

    [Fact]
    public void Other_column_names_integers_and_keys_give_the_same_ranks()
    {
        int[] expected = [.. Evaluate(SequenceBaseline.TextNeighbors, new() { Items = View(s_items) }).LabelRanks.Take(4)];
        string[] names = ["", "tea", "cup", "jam", "pot"];
        History<int>[] train = [.. s_train.Select(ToNumbers)], test = [.. Test().Take(4).Select(ToNumbers)];
        Item<int>[] items = [.. s_items.Select(item => new Item<int> { ItemId = Array.IndexOf(names, item.ItemId), Text = item.Text })];
        Assert.Equal(expected, Run(View(train), View(test), View(items)));

        IDataView keys = View(Enumerable.Range(1, 4).Select(key => new Key { Value = key }).ToArray());
        var toKeys = _mlContext.Transforms.Conversion.MapValueToKey("Items", keyData: keys)
            .Append(_mlContext.Transforms.Conversion.MapValueToKey("NextItem", keyData: keys)).Fit(View(train));
        var itemToKey = _mlContext.Transforms.Conversion.MapValueToKey("ItemId", keyData: keys).Fit(View(items));
        Assert.Equal(expected, Run(toKeys.Transform(View(train)), toKeys.Transform(View(test)), itemToKey.Transform(View(items))));

        var renamed = _mlContext.Transforms.CopyColumns("Bought", "Items").Append(_mlContext.Transforms.CopyColumns("Then", "NextItem"))
            .Append(_mlContext.Transforms.DropColumns("Items", "NextItem")).Fit(View(train));
        IDataView renamedItems = _mlContext.Transforms.CopyColumns("Sku", "ItemId").Append(_mlContext.Transforms.CopyColumns("Title", "Text"))
            .Append(_mlContext.Transforms.DropColumns("ItemId", "Text")).Fit(View(items)).Transform(View(items));
        var options = new SequenceBaselineOptions
        {
            ItemsColumnName = "Bought", LabelColumnName = "Then", Items = renamedItems, ItemIdColumnName = "Sku", ItemTextColumnName = "Title",
        };
        Assert.Equal(expected, _mlContext.SequenceRecommendation().EvaluateBaseline(
            SequenceBaseline.TextNeighbors, renamed.Transform(View(train)), renamed.Transform(View(test)), options).LabelRanks);

        History<int> ToNumbers(History<string> history) =>
            new() { Items = [.. history.Items.Select(item => Array.IndexOf(names, item))], NextItem = Array.IndexOf(names, history.NextItem) };

        IReadOnlyList<int> Run(IDataView trainSet, IDataView testSet, IDataView described) => _mlContext.SequenceRecommendation().EvaluateBaseline(
            SequenceBaseline.TextNeighbors, trainSet, testSet, new SequenceBaselineOptions { Items = described }).LabelRanks;
    }

    [Fact]
    public void Without_a_view_of_items_text_neighbors_name_what_they_need()
    {
        string expected = "call EvaluateBaseline with a SequenceBaselineOptions whose Items is that view";
        Assert.Contains(expected, Assert.Throws<ArgumentException>(() => _mlContext.SequenceRecommendation().EvaluateBaseline(
            SequenceBaseline.TextNeighbors, View(s_train), View(Test()))).Message, StringComparison.Ordinal);
        Assert.Contains(expected, Assert.Throws<ArgumentException>(() => Evaluate(SequenceBaseline.TextNeighbors, new())).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_view_of_other_items_and_an_empty_name_are_refused()
    {
        var others = Assert.Throws<ArgumentException>(() => Evaluate(SequenceBaseline.Popularity, new() { Items = View([new Item<string> { ItemId = "TEA", Text = "hot" }]) }));
        Assert.Contains("Items describes no item of the train set: none of its ids in column \"ItemId\" is in column \"Items\"", others.Message, StringComparison.Ordinal);
        var empty = Assert.Throws<ArgumentException>(() => Evaluate(SequenceBaseline.Popularity, new() { ItemTextColumnName = "" }));
        Assert.StartsWith("ItemTextColumnName is empty; give the name of a column.", empty.Message, StringComparison.Ordinal);
    }

    private static History<string>[] Test() =>
    [
        new() { Items = ["tea"], NextItem = "pot" },
        new() { Items = ["tea"], NextItem = "cup" },
        new() { Items = ["tea"], NextItem = "jam" },
        new() { Items = ["pot", "jam"], NextItem = "cup" },
        new() { Items = ["tea"], NextItem = "nail" },
    ];

    private SequenceRecommendationMetrics Evaluate(SequenceBaseline baseline, SequenceBaselineOptions options) =>
        _mlContext.SequenceRecommendation().EvaluateBaseline(baseline, View(s_train), View(Test()), options);

    private IDataView View<TRow>(TRow[] rows)
        where TRow : class => _mlContext.Data.LoadFromEnumerable(rows);

    private sealed class Item<T>
    {
        public T ItemId { get; init; } = default!;

        public string Text { get; init; } = "";
    }

    private sealed class Key
    {
        public int Value { get; init; }
    }
}
