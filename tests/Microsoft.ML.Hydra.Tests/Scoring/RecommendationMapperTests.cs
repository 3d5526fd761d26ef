using Microsoft.ML.Data;
using Microsoft.ML.Hydra.Scoring;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Scoring;

public sealed class RecommendationMapperTests
{
    [Fact]
    public void A_prediction_engine_sees_each_new_row_even_in_a_reused_object()
    {
        ScoringModel model = Shop.Train(Shop.AllItems(30), out FakeScorer scorer);
        using var engine = Shop.ML.Model.CreatePredictionEngine<Shop.NumberRow, Shop.NumberPrediction>(new FakeRecommender(Shop.Plan(model)));
        var example = new Shop.NumberRow();
        var prediction = new Shop.NumberPrediction();
        foreach (Shop.NumberRow row in Shop.Rows(40, 30))
        {
            (example.Items, example.NextItem) = (row.Items, row.NextItem);
            engine.Predict(example, ref prediction);

            (int[] items, float[] scores, int rank) = Shop.Expect(row, model, 10);
            Assert.Equal(items, prediction.PredictedItems);
            Assert.Equal(scores, prediction.Score);
            Assert.Equal(rank, prediction.LabelRank);
        }

        Assert.All(scorer.Calls, call => Assert.Equal(1, call.Histories));
    }

    [Fact]
    public void All_columns_of_a_prediction_share_one_use_of_the_scorer()
    {
        ScoringModel model = Shop.Train(Shop.AllItems(30), out FakeScorer scorer);
        using var engine = Shop.ML.Model.CreatePredictionEngine<Shop.NumberRow, Shop.NumberPrediction>(new FakeRecommender(Shop.Plan(model)));

        engine.Predict(new Shop.NumberRow { Items = [101] });
        engine.Predict(new Shop.NumberRow { Items = [101] });

        Assert.Equal([(1, 1), (1, 1)], scorer.Calls);
    }

    [Fact]
    public void A_prediction_that_failed_leaves_nothing_behind()
    {
        ScoringModel model = Shop.Train(Shop.AllItems(30), out FakeScorer scorer);
        using var engine = Shop.ML.Model.CreatePredictionEngine<Shop.NumberRow, Shop.NumberPrediction>(new FakeRecommender(Shop.Plan(model)));
        var row = new Shop.NumberRow { Items = [105, 107] };
        scorer.FailuresLeft = 1;

        Assert.Throws<InvalidOperationException>(() => engine.Predict(row));
        Assert.Equal(Shop.Expect(row, model, 10).Items, engine.Predict(row).PredictedItems);
    }

    [Fact]
    public void Text_comes_back_as_text()
    {
        ScoringModel model = Shop.Train(Shop.View(new Shop.Names { Items = ["tea", "milk", "sugar"] }), out _);
        RecommendationPlan plan = Shop.Plan(model, denied: new[] { "sugar", "no such thing" });
        using var engine = Shop.ML.Model.CreatePredictionEngine<Shop.Names, Shop.NamePrediction>(new FakeRecommender(plan));

        Shop.NamePrediction prediction = engine.Predict(new() { Items = ["tea", "unknown", ""], NextItem = "milk" });

        Assert.Equal(["milk"], prediction.PredictedItems);
        Assert.Equal([FakeScorer.After([1], 3)[2]], prediction.Score);
        Assert.Equal(1, prediction.LabelRank);
        Assert.Equal(0, engine.Predict(new() { Items = ["tea"], NextItem = "unknown" }).LabelRank);
        Assert.Equal(0, engine.Predict(new() { Items = ["tea"] }).LabelRank);
    }

    [Fact]
    public void Keys_come_back_as_keys_that_map_to_their_values()
    {
        IDataView train = Shop.View(new Shop.Names { Items = ["tea", "milk", "sugar"], NextItem = "tea" });
        var toKey = Shop.ML.Transforms.Conversion.MapValueToKey(
            [new InputOutputColumnPair("Items"), new InputOutputColumnPair("NextItem")], keyData: Shop.View(new Name { Id = "tea" }, new Name { Id = "milk" }, new Name { Id = "sugar" })).Fit(train);
        ScoringModel model = Shop.Train(toKey.Transform(train), out _);
        var recommender = new FakeRecommender(Shop.Plan(model, k: 2, allowed: new[] { "milk", "sugar" }));
        IDataView scored = recommender.Transform(toKey.Transform(train));
        var toValue = Shop.ML.Transforms.Conversion.MapKeyToValue("PredictedItems").Fit(scored);
        using var engine = Shop.ML.Model.CreatePredictionEngine<Shop.Names, Shop.NamePrediction>(
            new TransformerChain<ITransformer>(toKey, recommender, toValue));
        var row = new Shop.Names { Items = ["tea", "beer"], NextItem = "sugar" };
        float[] scores = FakeScorer.After([1], 3);

        Shop.NamePrediction one = engine.Predict(row);
        Shop.NamePrediction batch = Assert.Single(Shop.ML.Data.CreateEnumerable<Shop.NamePrediction>(
            toValue.Transform(recommender.Transform(toKey.Transform(Shop.View(row)))), false));

        string[] expected = scores[2] >= scores[3] ? ["milk", "sugar"] : ["sugar", "milk"];
        Assert.Equal(expected, one.PredictedItems);
        Assert.Equal(expected, batch.PredictedItems);
        Assert.Equal(Array.IndexOf(expected, "sugar") + 1, one.LabelRank);
        Assert.Equal(one.LabelRank, batch.LabelRank);
        Assert.IsType<KeyDataViewType>(((VectorDataViewType)scored.Schema["PredictedItems"].Type).ItemType);
    }

    [Fact]
    public void Sparse_histories_are_read_by_their_explicit_items()
    {
        ScoringModel model = Shop.Train(Shop.AllItems(9), out _);
        using var engine = Shop.ML.Model.CreatePredictionEngine<SparseRow, Shop.NumberPrediction>(new FakeRecommender(Shop.Plan(model)));

        Shop.NumberPrediction prediction = engine.Predict(new() { Items = new VBuffer<int>(6, 2, [103, 108], [2, 5]) });

        Assert.Equal(Shop.Expect(new() { Items = [103, 108] }, model, 10).Items, prediction.PredictedItems);
    }

    [Fact]
    public void Label_rank_is_added_only_where_there_is_a_label()
    {
        ScoringModel model = Shop.Train(Shop.AllItems(9), out _);
        DataViewSchema with = Shop.View(new Shop.NumberRow()).Schema;
        DataViewSchema without = Shop.View(new SparseRow()).Schema;

        Assert.Equal(
            ["User", "Items", "NextItem", "PredictedItems", "Score", "LabelRank"],
            new RecommendationMapper(Shop.Plan(model), with).OutputSchema.Select(c => c.Name));
        Assert.Equal(
            ["Items", "PredictedItems", "Score", "CatalogScores"],
            new RecommendationMapper(Shop.Plan(model) with { IncludeCatalogScores = true }, without).OutputSchema.Select(c => c.Name));
    }

    [Fact]
    public void Columns_have_the_documented_types_and_annotations()
    {
        ScoringModel model = Shop.Train(Shop.AllItems(9), out _);
        RecommendationPlan plan = Shop.Plan(model);
        DataViewSchema schema = new RecommendationMapper(plan, Shop.View(new Shop.NumberRow()).Schema).OutputSchema;

        Assert.Equal(new VectorDataViewType(NumberDataViewType.Int32), schema["PredictedItems"].Type);
        Assert.Equal(new VectorDataViewType(NumberDataViewType.Single), schema["Score"].Type);
        Assert.Equal(NumberDataViewType.Int32, schema["LabelRank"].Type);
        ReadOnlyMemory<char> kind = default;
        schema["Score"].Annotations.GetValue("ScoreColumnKind", ref kind);
        Assert.Equal("Recommender", kind.ToString());
        uint first = 0, second = 0;
        schema["Score"].Annotations.GetValue("ScoreColumnSetId", ref first);
        DataViewSchema again = new RecommendationMapper(plan, schema).OutputSchema;
        again["Score"].Annotations.GetValue("ScoreColumnSetId", ref second);
        Assert.Equal((1u, 2u), (first, second));
        Assert.True(again[schema["Score"].Index].IsHidden);
    }

    [Fact]
    public void Dependencies_are_the_columns_passed_through_and_those_scored_from()
    {
        ScoringModel model = Shop.Train(Shop.AllItems(9), out _);
        var mapper = new RecommendationMapper(Shop.Plan(model), Shop.View(new Shop.NumberRow()).Schema);

        Assert.Empty(Dependencies());
        Assert.Equal(["User"], Dependencies("User"));
        Assert.Equal(["Items"], Dependencies("Score"));
        Assert.Equal(["Items"], Dependencies("PredictedItems", "Items"));
        Assert.Equal(["Items", "NextItem"], Dependencies("LabelRank"));
        Assert.Equal(["User", "NextItem", "Items"], Dependencies("LabelRank", "NextItem", "User"));

        IEnumerable<string> Dependencies(params string[] columns) =>
            mapper.GetDependencies(columns.Select(c => mapper.OutputSchema[c])).Select(c => c.Name);
    }

    [Fact]
    public void A_row_has_the_requested_columns_and_disposes_its_input()
    {
        ScoringModel model = Shop.Train(Shop.AllItems(9), out _);
        var input = new SingleRow([101, 102]);
        var mapper = new RecommendationMapper(Shop.Plan(model), input.Schema);
        DataViewSchema schema = mapper.OutputSchema;
        DataViewRow row = mapper.GetRow(input, [schema["Score"]]);

        Assert.True(row.IsColumnActive(schema["Score"]));
        Assert.False(row.IsColumnActive(schema["PredictedItems"]));
        Assert.Throws<InvalidOperationException>(() => row.GetGetter<VBuffer<int>>(schema["PredictedItems"]));
        Assert.Throws<InvalidOperationException>(() => row.GetGetter<VBuffer<double>>(schema["Score"]));
        Assert.Same(schema, row.Schema);
        Assert.Equal(input.Position, row.Position);

        row.Dispose();
        row.Dispose();
        Assert.Equal(1, input.Disposals);
        Assert.Throws<ArgumentException>(() => mapper.GetRow(new SingleRow([]), []));
    }

    [Fact]
    public void Labels_of_another_kind_than_the_items_are_refused()
    {
        ScoringModel model = Shop.Train(Shop.AllItems(9), out _);

        Assert.Contains("\"NextItem\"", Assert.Throws<ArgumentException>(
            () => new RecommendationMapper(Shop.Plan(model), Shop.View(new TextLabelRow()).Schema)).Message);
        Assert.Contains("one value", Assert.Throws<ArgumentException>(
            () => new RecommendationMapper(Shop.Plan(model), Shop.View(new VectorLabelRow()).Schema)).Message);
    }

    private sealed class Name
    {
        public string Id { get; set; } = "";
    }

    private sealed class SparseRow
    {
        [VectorType(6)]
        public VBuffer<int> Items { get; set; }
    }

    private sealed class TextLabelRow
    {
        public int[] Items { get; set; } = [];

        public string NextItem { get; set; } = "";
    }

    private sealed class VectorLabelRow
    {
        public int[] Items { get; set; } = [];

        public int[] NextItem { get; set; } = [];
    }

    /// <summary>A row on its own that counts how often it is disposed.</summary>
    private sealed class SingleRow(int[] items) : DataViewRow
    {
        public int Disposals { get; private set; }

        public override DataViewSchema Schema { get; } = Build();

        public override long Position => 0;

        public override long Batch => 0;

        public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId id) => id = default;

        public override bool IsColumnActive(DataViewSchema.Column column) => true;

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) =>
            (ValueGetter<TValue>)(Delegate)(ValueGetter<VBuffer<int>>)((ref VBuffer<int> value) => value = new VBuffer<int>(items.Length, items));

        protected override void Dispose(bool disposing)
        {
            Disposals++;
            base.Dispose(disposing);
        }

        private static DataViewSchema Build()
        {
            var builder = new DataViewSchema.Builder();
            builder.AddColumn("Items", new VectorDataViewType(NumberDataViewType.Int32));
            return builder.ToSchema();
        }
    }
}
