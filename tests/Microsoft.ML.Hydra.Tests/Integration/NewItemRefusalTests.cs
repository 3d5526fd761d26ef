using Microsoft.ML.Data;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Integration;

/// <summary>A view of new items that a model cannot take is refused in one sentence, and what the sentence says cures it.</summary>
[Collection(FittedModels.Collection)]
public sealed class NewItemRefusalTests(FittedModels models)
{
    private MLContext Context => models.Context;

    [Fact]
    public void A_model_that_knows_ids_only_takes_none()
    {
        Assert.False(models.Text.Model.HasItemEncoder);
        Assert.Equal(
            "The model knows its items by their ids only, so it cannot recommend others; train it with Options.Items to add items from their words and numbers.",
            Assert.Throws<InvalidOperationException>(() => models.Text.WithItems(Wares.Load(Context, Wares.Spade))).Message);

        AssertTaken(models.Worded, Wares.Load(Context, Wares.Spade));
        Assert.Throws<ArgumentNullException>(() => models.Worded.WithItems(null!));
    }

    [Fact]
    public void A_model_of_keys_takes_none_and_the_same_training_on_their_values_does()
    {
        IDataView ids = Context.Data.LoadFromEnumerable(Wares.All().Select(ware => new { ware.Item }).ToArray());
        IDataView sequences = Shelves.Load(Context, Shelves.Texts(customers: 100)), items = Wares.Load(Context, Wares.All());
        IDataView keys = Context.Transforms.Conversion.MapValueToKey("Items", keyData: ids).Fit(sequences).Transform(sequences);
        IDataView itemKeys = Context.Transforms.Conversion.MapValueToKey("ItemId", keyData: ids).Fit(items).Transform(items);
        using var model = Fit(keys, itemKeys);

        Assert.True(model.Model.HasItemEncoder);
        Assert.Equal(
            $"The model's items are keys ({model.Model.ItemType}), and their number is fixed; train it on text or integer ids to add items.",
            Assert.Throws<InvalidOperationException>(() => model.WithItems(Wares.Load(Context, Wares.Spade))).Message);

        IDataView values = Context.Transforms.Conversion.MapKeyToValue("Items").Fit(keys).Transform(keys);
        using var onText = Fit(values, items);
        AssertTaken(onText, Wares.Load(Context, Wares.Spade));
    }

    [Fact]
    public void Each_missing_column_is_named_and_can_be_added()
    {
        IDataView named = Concatenated(new { Product = 900, Text = "garden spade", First = 1f, Second = 2f }, "First", "Second");
        IDataView wordless = Concatenated(new { ItemId = 900, First = 1f, Second = 2f }, "First", "Second");
        IDataView numberless = Wares.Load(Context, (900, "garden spade"));

        AssertRefused(models.Numbered, named, "The view of items has no column \"ItemId\" with the item, which the model reads; copy the column with the item to \"ItemId\" with Transforms.CopyColumns.");
        AssertTaken(models.Numbered, Context.Transforms.CopyColumns("ItemId", "Product").Fit(named).Transform(named));
        AssertRefused(models.Numbered, wordless, "The view of items has no column \"Text\" with words, which the model reads; add it, empty where nothing is known.");
        AssertTaken(models.Numbered, Wares.LoadNumbers(Context, (900, "", Wares.Numbers(23))));
        AssertRefused(models.Numbered, numberless, "The view of items has no column \"Features\" with numbers, which the model reads; add it, with NaN where a number is not known.");
        AssertTaken(models.Numbered, Wares.LoadNumbers(Context, (900, "garden spade", [float.NaN, float.NaN])));
        AssertTaken(models.Worded, Wares.LoadNumbers(Context, ("new", "garden spade", [1, 2])));    // numbers that the model does not read
    }

    [Fact]
    public void Columns_of_other_types_are_named_and_can_be_converted()
    {
        IDataView numbers = Context.Data.LoadFromEnumerable([new { ItemId = "new", Text = 23f }]);
        AssertRefused(models.Worded, numbers, "Column \"Text\" of the view of items is of type Single, but the model reads words in it; convert it to text with Transforms.Conversion.ConvertType (DataKind.String).");
        IDataView converted = Context.Transforms.Conversion.ConvertType("Text", outputKind: DataKind.String).Fit(numbers).Transform(numbers);
        using (var larger = models.Worded.WithItems(converted))
        {
            Assert.Equal(60, larger.Model.NumberOfItems);    // no item of the training is called 23
        }

        Assert.StartsWith("Column \"ItemId\" is of type Int32, but the model was trained on text items; ", Refusal(models.Worded, Wares.Load(Context, (900, "garden spade"))), StringComparison.Ordinal);
        Assert.StartsWith("Column \"ItemId\" is of type String", Refusal(models.Numbered, Wares.LoadNumbers(Context, ("900", "garden spade", [1, 2]))), StringComparison.Ordinal);
        IDataView doubles = Context.Data.LoadFromEnumerable([new { ItemId = 900, Text = "garden spade", First = 1.0, Second = 2.0 }]);
        IDataView inDouble = Context.Transforms.Concatenate("Features", "First", "Second").Fit(doubles).Transform(doubles);
        Assert.Contains("make one with Transforms.Conversion.ConvertType (DataKind.Single) and Transforms.Concatenate", Refusal(models.Numbered, inDouble), StringComparison.Ordinal);
        AssertTaken(models.Numbered, Context.Transforms.Conversion.ConvertType([new("First"), new("Second")], DataKind.Single)
            .Append(Context.Transforms.Concatenate("Features", "First", "Second")).Fit(doubles).Transform(doubles));
    }

    [Fact]
    public void Other_numbers_than_in_the_training_are_refused_by_their_count_and_by_their_names()
    {
        IDataView three = Concatenated(new { ItemId = 900, Text = "", First = 1f, Second = 2f, Third = 3f }, "First", "Second", "Third");
        AssertRefused(models.Numbered, three, "Column \"Features\" of the view of items has 3 numbers for an item, but the model was trained with 2; give the same numbers in the same order.");
        AssertTaken(models.Numbered, Concatenated(new { ItemId = 900, Text = "", First = 1f, Second = 2f }, "First", "Second"));

        IDataView items = Context.Data.LoadFromEnumerable(Enumerable.Range(1, Shelves.NumberOfItems)
            .Select(item => new { ItemId = Shelves.Name(item), Shelf = Wares.Numbers(item)[0], Place = Wares.Numbers(item)[1] }).ToArray());
        using var model = Fit(Shelves.Load(Context, Shelves.Texts(customers: 100)), Context.Transforms.Concatenate("Features", "Shelf", "Place").Fit(items).Transform(items));
        Assert.Equal(["Shelf", "Place"], model.Model.ItemFeatureSlotNames);
        var row = new { ItemId = "new", Shelf = 1f, Place = 2f };
        AssertRefused(model, Concatenated(row, "Place", "Shelf"), "Column \"Features\" of the view of items holds Place, Shelf, but the model was trained with Shelf, Place; give the same numbers in the same order.");
        AssertTaken(model, Concatenated(row, "Shelf", "Place"));
    }

    [Fact]
    public void Numbers_of_an_unknown_size_are_refused_and_can_be_declared()
    {
        IDataView loose = Context.Data.LoadFromEnumerable([new { ItemId = 900, Text = "", Features = new[] { 1f, 2 } }]);

        AssertRefused(models.Numbered, loose, "Column \"Features\" of the view of items is a vector of Single of an unknown size, but each item must have the same n numbers; write [VectorType(n)] on the property of the row class, or set the ColumnType in a SchemaDefinition.");
        AssertTaken(models.Numbered, Wares.LoadNumbers(Context, (900, "", [1, 2])));
    }

    [Fact]
    public void Rows_that_are_wrong_are_named_and_nothing_is_added()
    {
        string[] before = Known();
        Assert.StartsWith("Row 2 of the view of items has no item in column \"ItemId\"", RowRefusal(("new", "garden"), ("", "spade")), StringComparison.Ordinal);
        Assert.StartsWith("Row 3 of the view of items describes ", RowRefusal(("new", "garden"), ("other", "spade"), ("new", "office")), StringComparison.Ordinal);
        Assert.Contains(
            "Row 1 of the view of items has an infinite number in column \"Features\"",
            Assert.Throws<InvalidOperationException>(() => models.Numbered.WithItems(Wares.LoadNumbers(Context, (900, "", [1, float.PositiveInfinity])))).Message,
            StringComparison.Ordinal);
        Assert.Equal(before, Known());

        string RowRefusal(params (string, string)[] items) => Assert.Throws<InvalidOperationException>(() => models.Worded.WithItems(Wares.Load(Context, items))).Message;
        string[] Known() => [.. Enumerable.Range(1, models.Worded.Model.NumberOfItems).Select(models.Worded.Fitted.Vocabulary.NameOf)];
    }

    private IDataView Concatenated<TRow>(TRow row, params string[] numbers)
        where TRow : class
    {
        IDataView view = Context.Data.LoadFromEnumerable([row]);
        return Context.Transforms.Concatenate("Features", numbers).Fit(view).Transform(view);
    }

    private HydraSequenceRecommendationTransformer Fit(IDataView sequences, IDataView items)
    {
        HydraSequenceRecommendationTrainer.Options options = SmallTraining.Options();
        (options.NumberOfEpochs, options.Items) = (1, items);
        return Context.SequenceRecommendation().Trainers.Hydra(options).Fit(sequences);
    }

    private static void AssertTaken(HydraSequenceRecommendationTransformer model, IDataView items)
    {
        using var larger = model.WithItems(items);
        Assert.Equal(model.Model.NumberOfItems + 1, larger.Model.NumberOfItems);
    }

    private static void AssertRefused(HydraSequenceRecommendationTransformer model, IDataView items, string message) => Assert.Equal(message, Refusal(model, items));

    private static string Refusal(HydraSequenceRecommendationTransformer model, IDataView items) => Assert.Throws<ArgumentException>(() => model.WithItems(items)).Message;
}
