using Microsoft.ML.Data;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Evaluation;

public sealed class SequenceEvaluatorTests
{
    private readonly MLContext _mlContext = new(seed: 1);

    [Fact]
    public void Ranks_are_read_in_row_order()
    {
        SequenceRecommendationMetrics metrics = Evaluate(new Ranked { LabelRank = 3 }, new Ranked { LabelRank = 0 }, new Ranked { LabelRank = 1 });
        Assert.Equal([3, 0, 1], metrics.LabelRanks);
        Assert.Equal(1, metrics.NumberOfUnknownLabels);
    }

    [Fact]
    public void Recommendations_without_annotations_have_no_coverage()
    {
        SequenceRecommendationMetrics metrics = Evaluate(new Ranked { LabelRank = 1, PredictedItems = ["a", "b"] });
        Assert.Equal(0, metrics.NumberOfItems);
        Assert.True(double.IsNaN(metrics.CatalogCoverage));
        Assert.True(double.IsNaN(metrics.MeanPopularity));
    }

    [Fact]
    public void A_view_without_recommendations_is_enough()
    {
        IDataView view = _mlContext.Transforms.SelectColumns("LabelRank")
            .Fit(View(new Ranked()))
            .Transform(View(new Ranked { LabelRank = 2 }));
        Assert.Equal([2], _mlContext.SequenceRecommendation().Evaluate(view).LabelRanks);
    }

    [Fact]
    public void Coverage_and_popularity_count_what_is_recommended()
    {
        // 40 items, item i bought 1 or 2 times; everybody gets the ten items that were bought twice.
        History<int>[] train = [.. Enumerable.Range(1, 40).Select(i => new History<int> { Items = i <= 10 ? [i, i] : [i] })];
        SequenceRecommendationMetrics metrics = _mlContext.SequenceRecommendation().EvaluateBaseline(
            SequenceBaseline.Popularity, _mlContext.Data.LoadFromEnumerable(train), _mlContext.Data.LoadFromEnumerable(train), excludeSeenItems: false);
        Assert.Equal(40, metrics.NumberOfItems);
        Assert.Equal(10 / 40.0, metrics.CatalogCoverage, 12);
        Assert.Equal(2 / 50.0, metrics.MeanPopularity, 6);
    }

    [Fact]
    public void Training_events_of_the_labels_are_those_of_the_train_set()
    {
        // Item 1 has 1 event, 2 has 5, 3 has 6, 4 has 21; 9 is unknown, and a history holds 1 that was then the next item.
        History<int>[] train = [new() { Items = [1, .. Enumerable.Repeat(2, 5), .. Enumerable.Repeat(3, 6), .. Enumerable.Repeat(4, 21)] }];
        History<int>[] test = [.. new[] { 1, 2, 3, 4, 4, 9, 0 }.Select(next => new History<int> { Items = [2], NextItem = next }), new() { Items = [1], NextItem = 1 }];

        SequenceRecommendationMetrics metrics = _mlContext.SequenceRecommendation().EvaluateBaseline(
            SequenceBaseline.Popularity, _mlContext.Data.LoadFromEnumerable(train), _mlContext.Data.LoadFromEnumerable(test));

        Assert.Equal([2, 3, 1, 2], metrics.ByTrainingEvents.Select(part => part.NumberOfUsers));
        Assert.Equal([0, 1 / 3.0, 1, 1], metrics.ByTrainingEvents.Select(part => part.HitRateAt(10)));   // of 1 to 5: item 1 is found, 2 and 1 were seen
        Assert.Equal(1, metrics.ByTrainingEvents[3].HitRateAt(1));
        Assert.Empty(Evaluate(new Ranked { LabelRank = 1, PredictedItems = ["a", "b"] }).ByTrainingEvents);
    }

    [Fact]
    public void Without_label_ranks_the_message_names_the_missing_label_column()
    {
        IDataView view = _mlContext.Data.LoadFromEnumerable(new[] { new History<string>() });
        ArgumentException error = Assert.Throws<ArgumentException>(() => _mlContext.SequenceRecommendation().Evaluate(view, "Bought"));
        Assert.Contains("no column \"Bought\"", error.Message, StringComparison.Ordinal);
        Assert.Contains("labelColumnName", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Data_that_was_never_transformed_has_a_message_of_its_own()
    {
        IDataView view = _mlContext.Data.LoadFromEnumerable(new[] { new History<string>() });
        ArgumentException error = Assert.Throws<ArgumentException>(() => _mlContext.SequenceRecommendation().Evaluate(view));
        Assert.Contains("output of a fitted transformer", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_rank_of_another_type_is_refused()
    {
        IDataView view = _mlContext.Transforms.Conversion.ConvertType("LabelRank", outputKind: DataKind.Single)
            .Fit(View(new Ranked()))
            .Transform(View(new Ranked()));
        Assert.Contains("Single", Assert.Throws<ArgumentException>(() => _mlContext.SequenceRecommendation().Evaluate(view)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Data_without_rows_is_refused() =>
        Assert.Contains("no rows", Assert.Throws<InvalidOperationException>(() => Evaluate()).Message, StringComparison.Ordinal);

    [Fact]
    public void Labels_without_a_rank_are_reported_once_in_the_log()
    {
        var messages = new List<string>();
        _mlContext.Log += (_, e) => messages.Add(e.Message);
        Evaluate(new Ranked { LabelRank = 0 }, new Ranked { LabelRank = 0 }, new Ranked { LabelRank = 4 });
        Assert.Single(messages, m => m.Contains("2 of 3 labels have no rank", StringComparison.Ordinal));
    }

    private SequenceRecommendationMetrics Evaluate(params Ranked[] rows) => _mlContext.SequenceRecommendation().Evaluate(View(rows));

    private IDataView View(params Ranked[] rows) => _mlContext.Data.LoadFromEnumerable(rows);

    private sealed class Ranked
    {
        public int LabelRank { get; init; }

        public string[] PredictedItems { get; init; } = [];
    }
}
