using CsCheck;
using Microsoft.ML.Data;
using Microsoft.ML.Hydra.Scoring;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Scoring;

public sealed class RecommendationDataViewTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(16)]
    [InlineData(17)]
    [InlineData(1000)]
    public void Rows_of_all_windows_equal_the_plain_computation(int count)
    {
        ScoringModel model = Shop.Train(Shop.AllItems(40), out FakeScorer scorer);
        Shop.NumberRow[] rows = Shop.Rows(count, 40);

        Shop.NumberPrediction[] predictions = Recommend(Shop.Plan(model, k: 7), rows);

        Assert.Equal(count, predictions.Length);
        for (int i = 0; i < count; i++)
        {
            (int[] items, float[] scores, int rank) = Shop.Expect(rows[i], model, 7);
            Assert.Equal(i, predictions[i].User);
            Assert.Equal(items, predictions[i].PredictedItems);
            Assert.Equal(scores, predictions[i].Score);
            Assert.Equal(rank, predictions[i].LabelRank);
        }

        Assert.Equal(rows.Count(r => r.Items.Length > 0), scorer.Calls.Sum(c => c.Histories));
        if (count == 1000)
        {
            Assert.True(scorer.Calls.Count <= 9, $"{scorer.Calls.Count} calls");
        }
    }

    [Fact]
    public void Label_rank_is_the_place_in_the_full_order_whatever_the_filter() => Gen.Select(
        Gen.Int[0, int.MaxValue], Gen.Bool, Gen.Bool, Gen.Bool, Gen.Int[1, 30]).Sample(
        (seed, excludeSeen, hasAllowed, hasDenied, k) =>
        {
            const int NumberOfItems = 70;
            var random = new Random(seed);
            ScoringModel model = Shop.Train(Shop.AllItems(NumberOfItems), out _);
            int[]? allowed = hasAllowed ? [.. Enumerable.Range(0, 20).Select(_ => 101 + random.Next(80))] : null;
            List<long>? denied = hasDenied ? [.. Enumerable.Range(0, 20).Select(_ => 101L + random.Next(80))] : null;
            Shop.NumberRow[] rows = Shop.Rows(12, NumberOfItems, seed);

            Shop.NumberPrediction[] predictions = Recommend(Shop.Plan(model, k, excludeSeen, allowed, denied), rows);

            for (int i = 0; i < rows.Length; i++)
            {
                (int[] items, float[] scores, int rank) = Shop.Expect(
                    rows[i], model, k, excludeSeen, item => allowed?.Contains(item) != false && denied?.Contains(item) != true);
                Assert.Equal(items, predictions[i].PredictedItems);
                Assert.Equal(scores, predictions[i].Score);
                Assert.Equal(rank, predictions[i].LabelRank);
            }
        },
        iter: 200);

    [Fact]
    public void Long_histories_are_scored_in_calls_of_bounded_size()
    {
        ScoringModel model = Shop.Train(Shop.AllItems(5), out FakeScorer scorer);
        int[] lengths = [40_000, 40_000, 100_000, 0, 10, 60_000, 5];
        Shop.NumberRow[] rows = [.. lengths.Select((n, i) => new Shop.NumberRow { User = i, Items = [.. Enumerable.Repeat(101 + (i % 5), n)], NextItem = 102 })];

        Shop.NumberPrediction[] predictions = Recommend(Shop.Plan(model, excludeSeen: false), rows);

        for (int i = 0; i < rows.Length; i++)
        {
            Assert.Equal(Shop.Expect(rows[i], model, 10, excludeSeen: false).Items, predictions[i].PredictedItems);
        }

        Assert.Equal([(1, 40_000), (1, 40_000), (1, 100_000), (3, 60_015)], scorer.Calls);
    }

    [Fact]
    public void After_an_empty_or_unknown_history_the_most_popular_items_are_recommended()
    {
        ScoringModel model = Shop.Train(Shop.View(new Shop.NumberRow { Items = [101, 102, 102, 103, 102, 103] }), out FakeScorer scorer);

        Shop.NumberPrediction[] predictions = Recommend(
            Shop.Plan(model), [new() { NextItem = 103 }, new() { Items = [0, 999, -4], NextItem = 101 }]);

        Assert.Equal([102, 103, 101], predictions[0].PredictedItems);
        Assert.Equal([102, 103, 101], predictions[1].PredictedItems);
        Assert.Equal((2, 3), (predictions[0].LabelRank, predictions[1].LabelRank));
        Assert.Equal((float)Math.Log(4 / 9.0), predictions[0].Score[0], 6);
        Assert.All(predictions[0].Score, s => Assert.True(float.IsFinite(s)));
        Assert.Empty(scorer.Calls);
    }

    [Fact]
    public void Scores_that_are_not_numbers_rank_last()
    {
        ScoringModel trained = Shop.Train(Shop.AllItems(4), out _);
        var model = new ScoringModel(
            trained.Vocabulary, [0, 1, 1, 1, 1], (_, _, _, scores) => ((float[])[0, float.NaN, 2, float.NaN, 3]).CopyTo(scores), new InputColumns("Items", "NextItem"));

        Shop.NumberPrediction prediction = Recommend(Shop.Plan(model, excludeSeen: false), [new() { Items = [101], NextItem = 103 }])[0];

        Assert.Equal([104, 102, 101, 103], prediction.PredictedItems);
        Assert.Equal([3, 2, float.NegativeInfinity, float.NegativeInfinity], prediction.Score);
        Assert.Equal(4, prediction.LabelRank);
    }

    [Fact]
    public void A_seen_label_is_a_miss_when_seen_items_are_excluded()
    {
        ScoringModel model = Shop.Train(Shop.AllItems(9), out _);
        Shop.NumberRow[] rows = [new() { Items = [103, 104], NextItem = 104 }];

        Assert.Equal(0, Recommend(Shop.Plan(model, excludeSeen: true), rows)[0].LabelRank);
        Assert.InRange(Recommend(Shop.Plan(model, excludeSeen: false), rows)[0].LabelRank, 1, 9);
    }

    [Fact]
    public void Nothing_is_scored_when_no_added_column_is_read()
    {
        ScoringModel model = Shop.Train(Shop.AllItems(9), out FakeScorer scorer);
        var view = new RecommendationDataView(Shop.Plan(model), Shop.View(Shop.Rows(50, 9)));

        using (DataViewRowCursor cursor = view.GetRowCursor([view.Schema["User"]]))
        {
            ValueGetter<int> getter = cursor.GetGetter<int>(view.Schema["User"]);
            int user = 0;
            for (int i = 0; i < 50; i++)
            {
                Assert.True(cursor.MoveNext());
                getter(ref user);
                Assert.Equal(i, user);
            }

            Assert.False(cursor.MoveNext());
            Assert.False(cursor.IsColumnActive(view.Schema["Score"]));
            Assert.Throws<InvalidOperationException>(() => cursor.GetGetter<VBuffer<float>>(view.Schema["Score"]));
        }

        Assert.Empty(scorer.Calls);
    }

    [Fact]
    public void Skipped_rows_are_not_scored()
    {
        ScoringModel model = Shop.Train(Shop.AllItems(20), out FakeScorer scorer);
        Shop.NumberRow[] rows = [.. Shop.Rows(500, 20).Select(r => { r.Items = [.. r.Items, 101]; return r; })];
        IDataView view = new RecommendationDataView(Shop.Plan(model), Shop.View(rows));

        Shop.NumberPrediction[] last = [.. Shop.ML.Data.CreateEnumerable<Shop.NumberPrediction>(Shop.ML.Data.SkipRows(view, 495), false)];

        Assert.Equal(5, last.Length);
        Assert.Equal(Shop.Expect(rows[495], model, 10).Items, last[0].PredictedItems);
        Assert.Equal(Shop.Expect(rows[499], model, 10).Items, last[4].PredictedItems);
        Assert.Equal([(5, rows[495..].Sum(r => r.Items.Length))], scorer.Calls);
    }

    [Fact]
    public void A_shuffled_or_filtered_or_cached_source_keeps_its_rows_together()
    {
        ScoringModel model = Shop.Train(Shop.AllItems(20), out _);
        Shop.NumberRow[] rows = Shop.Rows(300, 20);
        IDataView source = Shop.ML.Data.Cache(Shop.ML.Data.FilterRowsByColumn(
            Shop.ML.Transforms.Conversion.ConvertType("Filter", "User", DataKind.Single).Fit(Shop.View(rows)).Transform(
                Shop.ML.Data.ShuffleRows(Shop.View(rows), seed: 3)), "Filter", 20, 220));

        Shop.NumberPrediction[] predictions = [.. Shop.ML.Data.CreateEnumerable<Shop.NumberPrediction>(
            Shop.ML.Data.Cache(new RecommendationDataView(Shop.Plan(model), source)), false)];

        Assert.Equal(200, predictions.Length);
        Assert.NotEqual(predictions.Select(p => p.User).Order(), predictions.Select(p => p.User));
        Assert.All(predictions, p => Assert.Equal(Shop.Expect(rows[p.User], model, 10).Items, p.PredictedItems));
    }

    [Fact]
    public void A_source_that_changes_between_readings_is_an_error()
    {
        ScoringModel model = Shop.Train(Shop.AllItems(20), out _);
        Shop.NumberRow[] rows = Shop.Rows(30, 20);
        IDataView[] shuffled = [.. Enumerable.Range(0, 2).Select(seed => Shop.ML.Data.ShuffleRows(Shop.View(rows), seed))];
        var view = new RecommendationDataView(Shop.Plan(model), new AlternatingView(shuffled));
        var shorter = new RecommendationDataView(
            Shop.Plan(model), new AlternatingView([Shop.View(rows), Shop.ML.Data.TakeRows(Shop.View(rows), 3)]));

        foreach (IDataView bad in new[] { view, shorter })
        {
            string message = Assert.Throws<InvalidOperationException>(
                () => Shop.ML.Data.CreateEnumerable<Shop.NumberPrediction>(bad, false).Count()).Message;
            Assert.Contains("different rows", message);
        }
    }

    [Fact]
    public void A_failed_batch_can_be_tried_again()
    {
        ScoringModel model = Shop.Train(Shop.AllItems(20), out FakeScorer scorer);
        scorer.FailuresLeft = 1;
        Shop.NumberRow[] rows = [new() { Items = [101, 105] }];
        var view = new RecommendationDataView(Shop.Plan(model), Shop.View(rows));
        using DataViewRowCursor cursor = view.GetRowCursor(view.Schema);
        ValueGetter<VBuffer<int>> getter = cursor.GetGetter<VBuffer<int>>(view.Schema["PredictedItems"]);
        VBuffer<int> items = default;
        Assert.Throws<InvalidOperationException>(() => getter(ref items));
        Assert.True(cursor.MoveNext());

        Assert.Throws<InvalidOperationException>(() => getter(ref items));
        getter(ref items);
        Assert.Equal(Shop.Expect(rows[0], model, 10).Items, items.DenseValues());

        Assert.False(cursor.MoveNext());
        Assert.Throws<InvalidOperationException>(() => getter(ref items));
    }

    [Fact]
    public void Cancellation_stops_before_the_next_batch()
    {
        ScoringModel model = Shop.Train(Shop.AllItems(20), out FakeScorer scorer);
        using var source = new CancellationTokenSource();
        RecommendationPlan plan = Shop.Plan(model) with { CheckCancelled = source.Token.ThrowIfCancellationRequested };
        IDataView view = new RecommendationDataView(plan, Shop.View(Shop.Rows(500, 20)));

        Assert.Throws<OperationCanceledException>(() =>
        {
            foreach (Shop.NumberPrediction _ in Shop.ML.Data.CreateEnumerable<Shop.NumberPrediction>(view, true))
            {
                source.Cancel();
            }
        });

        Assert.Single(scorer.Calls);
    }

    [Fact]
    public void Catalog_scores_are_added_on_request_only()
    {
        ScoringModel model = Shop.Train(Shop.AllItems(6), out _);
        RecommendationPlan plan = Shop.Plan(model);
        Assert.Null(new RecommendationDataView(plan, Shop.View(Shop.Rows(1, 6))).Schema.GetColumnOrNull("CatalogScores"));

        var view = new RecommendationDataView(plan with { IncludeCatalogScores = true }, Shop.View(new Shop.NumberRow { Items = [104, 102] }));

        VBuffer<ReadOnlyMemory<char>> names = default;
        view.Schema["CatalogScores"].Annotations.GetValue("SlotNames", ref names);
        Assert.Equal(["101", "102", "103", "104", "105", "106"], names.DenseValues().Select(n => n.ToString()));
        float[] scores = Assert.Single(Shop.ML.Data.CreateEnumerable<CatalogPrediction>(view, false)).CatalogScores;
        Assert.Equal(FakeScorer.After([4, 2], 6)[1..], scores);
    }

    [Fact]
    public void Source_properties_pass_through()
    {
        ScoringModel model = Shop.Train(Shop.AllItems(6), out _);
        IDataView source = Shop.View(Shop.Rows(31, 6));
        var view = new RecommendationDataView(Shop.Plan(model), source);

        Assert.Equal(source.GetRowCount(), view.GetRowCount());
        Assert.False(view.CanShuffle);
        DataViewRowCursor[] cursors = view.GetRowCursorSet(view.Schema, 4);
        DataViewRowCursor cursor = Assert.Single(cursors);
        int count = 0;
        while (cursor.MoveNext())
        {
            Assert.Equal(count++, cursor.Position);
        }

        Assert.Equal(31, count);
        cursor.Dispose();
    }

    [Fact]
    public void Many_threads_over_one_view_and_model_agree()
    {
        ScoringModel model = Shop.Train(Shop.AllItems(50), out _);
        Shop.NumberRow[] rows = Shop.Rows(400, 50);
        RecommendationPlan plan = Shop.Plan(model);
        IDataView view = new RecommendationDataView(plan, Shop.View(rows));
        string expected = Print(Shop.ML.Data.CreateEnumerable<Shop.NumberPrediction>(view, false));

        string[] results = new string[8];
        Thread[] threads = [.. Enumerable.Range(0, results.Length).Select(t => new Thread(() =>
        {
            if (t % 2 == 0)
            {
                results[t] = Print(Shop.ML.Data.CreateEnumerable<Shop.NumberPrediction>(view, false));
            }
            else
            {
                using var engine = Shop.ML.Model.CreatePredictionEngine<Shop.NumberRow, Shop.NumberPrediction>(new FakeRecommender(plan));
                results[t] = Print(rows.Select(engine.Predict));
            }
        }))];
        foreach (Thread thread in threads)
        {
            thread.Start();
        }

        foreach (Thread thread in threads)
        {
            thread.Join();
        }

        Assert.All(results, result => Assert.Equal(expected, result));
    }

    private static string Print(IEnumerable<Shop.NumberPrediction> predictions) => string.Join('\n', predictions.Select(
        p => $"{p.User}: {string.Join(' ', p.PredictedItems)} | {string.Join(' ', p.Score)} | {p.LabelRank}"));

    private static Shop.NumberPrediction[] Recommend(RecommendationPlan plan, Shop.NumberRow[] rows) =>
        [.. Shop.ML.Data.CreateEnumerable<Shop.NumberPrediction>(new RecommendationDataView(plan, Shop.View(rows)), false)];

    private sealed class CatalogPrediction
    {
        public float[] CatalogScores { get; set; } = [];
    }

    /// <summary>Gives the rows of another view each time it is read.</summary>
    private sealed class AlternatingView(IDataView[] views) : IDataView
    {
        private int _next;

        public bool CanShuffle => false;

        public DataViewSchema Schema => views[0].Schema;

        public long? GetRowCount() => null;

        public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
        {
            IDataView view = views[_next++ % views.Length];
            return view.GetRowCursor(view.Schema.Where(c => columnsNeeded.Any(n => n.Name == c.Name)));
        }

        public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) =>
            [GetRowCursor(columnsNeeded)];
    }
}
