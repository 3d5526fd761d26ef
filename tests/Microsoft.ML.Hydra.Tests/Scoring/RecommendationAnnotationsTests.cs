using Microsoft.ML.Data;
using Microsoft.ML.Hydra.Items;
using Microsoft.ML.Hydra.Scoring;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Scoring;

public sealed class RecommendationAnnotationsTests
{
    [Fact]
    public void Predicted_items_carry_the_catalogue_for_integers()
    {
        IDataView train = Shop.View(new Shop.NumberRow { Items = [101, 102, 102, 103] });
        Check(train, ["101", "102", "103"]);
    }

    [Fact]
    public void Predicted_items_carry_the_catalogue_for_text()
    {
        IDataView train = Shop.View(new Shop.Names { Items = ["tea", "milk", "milk", "rum"] });
        Check(train, ["tea", "milk", "rum"]);
    }

    [Fact]
    public void Predicted_items_carry_the_catalogue_for_keys()
    {
        IDataView train = Shop.View(new Shop.Names { Items = ["tea", "milk", "milk", "rum"] });
        train = Shop.ML.Transforms.Conversion.MapValueToKey(
            [new InputOutputColumnPair("Items"), new InputOutputColumnPair("NextItem")],
            keyData: Shop.View(new Name { Id = "tea" }, new Name { Id = "milk" }, new Name { Id = "rum" })).Fit(train).Transform(train);
        Check(train, ["tea", "milk", "rum"]);
    }

    [Fact]
    public void Other_columns_have_no_catalogue()
    {
        DataViewSchema schema = Shop.View(new Shop.NumberRow()).Schema;
        Assert.False(RecommendationAnnotations.TryRead(schema["Items"], out _));
        Assert.False(RecommendationAnnotations.TryRead(schema["User"], out _));
    }

    [Fact]
    public void A_column_without_training_events_has_the_rest()
    {
        IDataView train = Shop.View(new Shop.NumberRow { Items = [101, 102, 102, 103] });
        DataViewSchema.Column column = new RecommendationDataView(Shop.Plan(Shop.Train(train, out _), excludeSeen: false), train).Schema["PredictedItems"];
        var annotations = new DataViewSchema.Annotations.Builder();
        annotations.Add(column.Annotations, name => name != RecommendationAnnotations.ItemTrainingEvents);
        var schema = new DataViewSchema.Builder();
        schema.AddColumn(column.Name, column.Type, annotations.ToAnnotations());

        Assert.True(RecommendationAnnotations.TryRead(schema.ToSchema()[0], out RecommendationCatalog? catalog));
        Assert.Equal([0.25f, 0.5f, 0.25f], catalog!.Popularity);
        Assert.Null(catalog.TrainingEvents);
    }

    /// <summary>Recommends all but the second item, and reads the recommended rows back through the annotations.</summary>
    private static void Check(IDataView train, string[] names)
    {
        ScoringModel model = Shop.Train(train, out _);
        RecommendationPlan plan = Shop.Plan(model, excludeSeen: false, denied: new[] { SecondItem(model.Vocabulary) });
        var view = new RecommendationDataView(plan, train);
        DataViewSchema.Column column = view.Schema["PredictedItems"];

        Assert.True(RecommendationAnnotations.TryRead(column, out RecommendationCatalog? catalog));

        Assert.Equal(names, Enumerable.Range(1, catalog!.NumberOfItems).Select(catalog.Vocabulary.NameOf));
        Assert.Equal([0.25f, 0.5f, 0.25f], catalog.Popularity);
        Assert.Equal([1, 2, 1], catalog.TrainingEvents);
        using DataViewRowCursor cursor = view.GetRowCursor([column]);
        HistoryReader read = catalog.Vocabulary.CreateHistoryReader(cursor, column);
        Assert.True(cursor.MoveNext());
        var buffer = new ItemRowBuffer();
        read(buffer);
        Assert.Equal([1, 3], buffer.Rows.ToArray().Order());
    }

    private static object SecondItem(ItemVocabulary vocabulary) =>
        vocabulary is IntegerItemVocabulary ? vocabulary.IdOf(2) : vocabulary.NameOf(2);

    private sealed class Name
    {
        public string Id { get; set; } = "";
    }
}
