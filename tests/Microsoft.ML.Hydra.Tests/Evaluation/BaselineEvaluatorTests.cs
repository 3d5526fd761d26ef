using Microsoft.ML.Data;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Evaluation;

public sealed class BaselineEvaluatorTests
{
    private static readonly History<string>[] s_train =
    [
        new() { Items = ["tea", "cup", "jam"] },
        new() { Items = ["tea", "cup"] },
        new() { Items = ["cup", "jam", "tea"] },
    ];

    private readonly MLContext _mlContext = new(seed: 1);

    [Fact]
    public void Text_items_are_ranked_by_the_chain_over_the_full_catalogue()
    {
        // Popularity tea 3, cup 3, jam 2 (ties in order of appearance). After tea: cup. After cup: jam. After jam: tea.
        SequenceRecommendationMetrics metrics = Evaluate(
            SequenceBaseline.Markov1,
            excludeSeenItems: false,
            new() { Items = ["tea"], NextItem = "cup" },
            new() { Items = ["jam", "cup"], NextItem = "tea" },
            new() { Items = ["jam"], NextItem = "jam" });
        Assert.Equal([1, 2, 3], metrics.LabelRanks);
        Assert.Equal(3, metrics.NumberOfItems);
        Assert.Equal(1, metrics.CatalogCoverage);
        Assert.Equal(1 / 3.0, metrics.MeanPopularity, 6);
    }

    [Fact]
    public void Seen_items_leave_the_ranking_and_a_seen_label_is_a_miss()
    {
        SequenceRecommendationMetrics metrics = Evaluate(
            SequenceBaseline.Popularity,
            excludeSeenItems: true,
            new() { Items = ["tea"], NextItem = "jam" },
            new() { Items = ["tea", "cup"], NextItem = "jam" },
            new() { Items = ["tea"], NextItem = "tea" });
        Assert.Equal([2, 1, 0], metrics.LabelRanks);
        Assert.Equal((0, 1), (metrics.NumberOfLabelsNotInModel, metrics.NumberOfLabelsLeftOut));
    }

    [Fact]
    public void Unknown_items_of_a_history_are_skipped_and_unknown_labels_are_misses()
    {
        SequenceRecommendationMetrics metrics = Evaluate(
            SequenceBaseline.Markov1,
            excludeSeenItems: true,
            new() { Items = ["tea", "nail"], NextItem = "cup" },
            new() { Items = ["nail"], NextItem = "tea" },
            new() { Items = ["tea"], NextItem = "nail" });
        Assert.Equal([1, 1, 0], metrics.LabelRanks);
        Assert.Equal((1, 1, 0), (metrics.NumberOfUnknownLabels, metrics.NumberOfLabelsNotInModel, metrics.NumberOfLabelsLeftOut));
    }

    [Theory]
    [InlineData(SequenceBaseline.Popularity)]
    [InlineData(SequenceBaseline.Markov1)]
    [InlineData(SequenceBaseline.Markov10)]
    [InlineData(SequenceBaseline.ItemKnn)]
    public void Integers_and_keys_give_the_ranks_of_text(SequenceBaseline baseline)
    {
        var random = new Random(3);
        History<int>[] train = [.. Enumerable.Range(0, 40).Select(_ => RandomHistory(random))];
        History<int>[] test = [.. Enumerable.Range(0, 20).Select(_ => RandomHistory(random))];
        SequenceRecommendationMetrics numbers = Evaluate(baseline, train, test);
        SequenceRecommendationMetrics texts = Evaluate(baseline, [.. train.Select(ToText)], [.. test.Select(ToText)]);
        Assert.Equal(numbers.LabelRanks, texts.LabelRanks);
        Assert.Equal(numbers.CatalogCoverage, texts.CatalogCoverage);
        Assert.Equal(numbers.MeanPopularity, texts.MeanPopularity);

        IDataView trainView = _mlContext.Data.LoadFromEnumerable(train);
        var toKeys = _mlContext.Transforms.Conversion.MapValueToKey("Items").Fit(trainView);
        var labelToKey = _mlContext.Transforms.Conversion
            .MapValueToKey("NextItem", keyData: _mlContext.Data.LoadFromEnumerable(KeysOf(toKeys.Transform(trainView))))
            .Fit(trainView);
        SequenceRecommendationMetrics keys = _mlContext.SequenceRecommendation().EvaluateBaseline(
            baseline,
            toKeys.Transform(trainView),
            labelToKey.Transform(toKeys.Transform(_mlContext.Data.LoadFromEnumerable(test))));
        Assert.Equal(numbers.LabelRanks, keys.LabelRanks);
        Assert.Equal(numbers.CatalogCoverage, keys.CatalogCoverage);
    }

    [Fact]
    public void Other_column_names_are_used()
    {
        IDataView renamed = _mlContext.Transforms.CopyColumns("Bought", "Items")
            .Append(_mlContext.Transforms.CopyColumns("Then", "NextItem"))
            .Append(_mlContext.Transforms.DropColumns("Items", "NextItem"))
            .Fit(_mlContext.Data.LoadFromEnumerable(s_train))
            .Transform(_mlContext.Data.LoadFromEnumerable([new History<string> { Items = ["tea", "cup"], NextItem = "cup" }]));
        SequenceRecommendationMetrics metrics = _mlContext.SequenceRecommendation()
            .EvaluateBaseline(SequenceBaseline.Markov1, renamed, renamed, "Bought", "Then", excludeSeenItems: false);
        Assert.Equal([2], metrics.LabelRanks);
    }

    [Fact]
    public void A_train_set_without_items_is_refused()
    {
        IDataView empty = _mlContext.Data.LoadFromEnumerable(new[] { new History<string>() });
        var error = Assert.Throws<InvalidOperationException>(
            () => _mlContext.SequenceRecommendation().EvaluateBaseline(SequenceBaseline.Markov1, empty, empty));
        Assert.Contains("\"Items\"", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_test_set_without_the_label_is_refused_with_its_name()
    {
        IDataView train = _mlContext.Data.LoadFromEnumerable(s_train);
        IDataView test = _mlContext.Transforms.DropColumns("NextItem").Fit(train).Transform(train);
        var error = Assert.Throws<ArgumentException>(
            () => _mlContext.SequenceRecommendation().EvaluateBaseline(SequenceBaseline.Popularity, train, test));
        Assert.Contains("no column \"NextItem\"", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_baseline_that_does_not_exist_is_refused() =>
        Assert.Contains("ItemKnn", Assert.Throws<ArgumentOutOfRangeException>(() => Evaluate((SequenceBaseline)9, false, s_train)).Message, StringComparison.Ordinal);

    private SequenceRecommendationMetrics Evaluate(SequenceBaseline baseline, bool excludeSeenItems, params History<string>[] test) =>
        _mlContext.SequenceRecommendation().EvaluateBaseline(
            baseline,
            _mlContext.Data.LoadFromEnumerable(s_train),
            _mlContext.Data.LoadFromEnumerable(test),
            excludeSeenItems: excludeSeenItems);

    private SequenceRecommendationMetrics Evaluate<T>(SequenceBaseline baseline, History<T>[] train, History<T>[] test) =>
        _mlContext.SequenceRecommendation().EvaluateBaseline(
            baseline, _mlContext.Data.LoadFromEnumerable(train), _mlContext.Data.LoadFromEnumerable(test));

    private static History<int> RandomHistory(Random random) => new()
    {
        Items = [.. Enumerable.Range(0, random.Next(1, 12)).Select(_ => random.Next(1, 31))],
        NextItem = random.Next(1, 31),
    };

    private static History<string> ToText(History<int> history) => new()
    {
        Items = [.. history.Items.Select(item => $"item {item}")],
        NextItem = $"item {history.NextItem}",
    };

    private static IEnumerable<KeyRow> KeysOf(IDataView view)
    {
        VBuffer<int> values = default;
        view.Schema["Items"].Annotations.GetValue("KeyValues", ref values);
        return [.. values.DenseValues().Select(value => new KeyRow { Value = value })];
    }

    private sealed class KeyRow
    {
        public int Value { get; init; }
    }
}
