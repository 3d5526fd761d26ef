using Microsoft.ML.Data;
using Microsoft.ML.Hydra.Features;
using Microsoft.ML.Hydra.Items;
using Microsoft.ML.Hydra.Tests.Numerics;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Features;

public sealed class ItemContentReaderTests
{
    private static readonly MLContext s_ml = new(seed: 1);
    private static readonly ItemColumns s_columns = new("ItemId", "Text", "Features");
    private static readonly ItemVocabulary s_letters = Vocabulary(new TextItems { Items = ["b", "a"] });

    [Fact]
    public void Words_are_read_and_new_items_appended()
    {
        ItemContent content = Read(View(new TextRow("c", "Hand soap"), new TextRow("a", ""), new TextRow("d", "tea")), s_letters);

        Assert.Equal(["b", "a", "c", "d"], Enumerable.Range(1, 4).Select(content.Vocabulary.NameOf));
        Assert.Equal([false, false, true, true, true], content.IsDescribed);
        Assert.Null(content.Numbers);
        Assert.Equal([null, null, [], Tokens("hand soap"), Tokens("tea")], content.Tokens!);
        Assert.Equal(2, s_letters.Count);
    }

    [Fact]
    public void A_vector_of_text_is_read_as_several_texts()
    {
        ItemContent content = Read(View(new TextsRow { ItemId = "a", Text = ["Hand", "", "soap"] }, new TextsRow { ItemId = "b" }), s_letters);

        Assert.Equal(WordTokens.Of(["hand".AsMemory(), "soap".AsMemory()]), content.Tokens![2]);
        Assert.Empty(content.Tokens[1]!);
    }

    [Fact]
    public void Numbers_are_read_and_NaN_is_kept_as_not_known()
    {
        ItemContent content = Read(View(new NumbersRow("a", 1, 0, float.NaN), new NumbersRow("c", 0, -2, 3)), s_letters);

        Assert.Null(content.Tokens);
        Assert.Equal((4, 3), (content.Numbers!.NumberOfRows, content.Numbers.NumberOfColumns));
        Assert.Equal([1, 0, float.NaN], content.Numbers.Dense(2));
        Assert.Equal([0, -2, 3], content.Numbers.Dense(3));
        Assert.True(content.Numbers.IsEmpty(0) && content.Numbers.IsEmpty(1));
    }

    [Fact]
    public void Sparse_numbers_are_those_of_dense_ones()
    {
        ItemContent content = Read(View(new SparseRow { ItemId = "a", Features = new VBuffer<float>(5, 2, [4, float.NaN], [1, 4]) }), s_letters);

        Assert.Equal([0, 4, 0, 0, float.NaN], content.Numbers!.Dense(2));
    }

    [Fact]
    public void Words_and_numbers_are_read_from_columns_of_any_name()
    {
        IDataView view = View(new BothRow { Sku = "a", Title = "tea", Vector = [1, 2] });

        ItemContent content = new ItemContentReader(view, new ItemColumns("Sku", "Title", "Vector"), s_letters).Read(() => { });

        Assert.Equal(Tokens("tea"), content.Tokens![2]);
        Assert.Equal([1, 2], content.Numbers!.Dense(2));
    }

    [Fact]
    public void Integer_ids_may_have_another_width()
    {
        ItemVocabulary known = Vocabulary(new IntegerItems { Items = [7, -1] });

        ItemContent content = Read(View(new LongRow { ItemId = -1, Text = "x" }, new LongRow { ItemId = 40, Text = "y" }), known);

        Assert.Equal(["7", "-1", "40"], Enumerable.Range(1, 3).Select(content.Vocabulary.NameOf));
        Assert.Equal(NumberDataViewType.Int32, content.Vocabulary.ItemType);
        Assert.Equal([false, false, true, true], content.IsDescribed);
        Assert.Equal(
            "Item 5000000000 in column \"ItemId\" does not fit Int32, the type of the model's items; leave it out, or train a new model with items of a wider type.",
            Assert.Throws<InvalidOperationException>(() => Read(View(new LongRow { ItemId = 5_000_000_000, Text = "x" }), known)).Message);
    }

    [Fact]
    public void Keys_bring_their_rows()
    {
        IDataView items = View(new TextItems { Items = ["b", "a", "c"] }), described = View(new TextRow("c", "tea"), new TextRow("b", "soap"));
        ITransformer keys = s_ml.Transforms.Conversion.MapValueToKey("Items").Fit(items);
        ItemVocabulary known = SequenceReader.Read(keys.Transform(items), "Items").Vocabulary;
        IDataView keyed = s_ml.Transforms.Conversion.MapValueToKey("ItemId", keyData: View(new KeyValue("b"), new KeyValue("a"), new KeyValue("c"))).Fit(described).Transform(described);

        ItemContent content = Read(keyed, known);

        Assert.Same(known, content.Vocabulary);
        Assert.Equal([false, true, false, true], content.IsDescribed);
        Assert.Equal(Tokens("tea"), content.Tokens![3]);
        Assert.Contains("has no item in column \"ItemId\"", Assert.Throws<InvalidOperationException>(() =>
        {
            IDataView other = View(new TextRow("nowhere", "tea"));
            Read(s_ml.Transforms.Conversion.MapValueToKey("ItemId", keyData: View(new KeyValue("b"), new KeyValue("a"), new KeyValue("c"))).Fit(other).Transform(other), known);
        }).Message);
    }

    [Fact]
    public void A_view_without_rows_describes_nothing()
    {
        ItemContent content = Read(View<TextRow>(), s_letters);

        Assert.DoesNotContain(true, content.IsDescribed);
        Assert.Equal(2, content.Vocabulary.Count);
        Assert.Equal(3, content.Tokens!.Length);
    }

    [Fact]
    public void Columns_that_are_missing_are_named_with_those_that_are_there()
    {
        Refuse<ArgumentException>(
            View(new BothRow()),
            "The view of items has no column \"ItemId\" with the item; it has \"Sku\", \"Title\", \"Vector\". Name the column with ItemIdColumnName.");
        Refuse<ArgumentException>(
            View(new IdRow { ItemId = "a" }),
            "The view of items has neither a column \"Text\" with words nor a column \"Features\" with numbers; it has \"ItemId\", \"Name\". Name one with ItemTextColumnName or ItemFeaturesColumnName.");
    }

    [Fact]
    public void Columns_of_other_types_are_refused_with_a_cure()
    {
        Refuse<ArgumentException>(
            View(new VectorIdRow { ItemId = ["a"], Text = "x" }),
            "Column \"ItemId\" of the view of items is of type Vector<String>, but a row describes one item: give one id in each row.");
        Refuse<ArgumentException>(
            View(new LongRow { ItemId = 1, Text = "x" }),
            "Column \"ItemId\" is of type Int64, but the model was trained on text items; convert it with Transforms.Conversion.ConvertType (DataKind.String).");
        Refuse<ArgumentException>(
            View(new NumberTextRow { ItemId = "a", Text = 4 }),
            "Column \"Text\" of the view of items is of type Single, but words are read from text or from a vector of text; name another column with ItemTextColumnName.");
        Refuse<ArgumentException>(
            View(new ScalarRow { ItemId = "a", Features = 4 }),
            "Column \"Features\" of the view of items is of type Double, but numbers are read from a vector of Single of a known size; make one with Transforms.Conversion.ConvertType (DataKind.Single) and Transforms.Concatenate, or name another column with ItemFeaturesColumnName.");
        Assert.StartsWith(
            "Column \"Features\" of the view of items is a vector of Single of an unknown size, but each item must have the same n numbers; ",
            Assert.Throws<ArgumentException>(() => Read(View(new OpenRow { ItemId = "a", Features = [4] }), s_letters)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void The_cures_work()
    {
        IDataView integers = View(new LongRow { ItemId = 1, Text = "x" });
        IDataView text = s_ml.Transforms.Conversion.ConvertType("ItemId", outputKind: DataKind.String).Fit(integers).Transform(integers);
        Assert.Equal("1", Read(text, s_letters).Vocabulary.NameOf(3));

        IDataView scalar = View(new ScalarRow { ItemId = "a", Features = 4 });
        IDataView vector = s_ml.Transforms.Conversion.ConvertType("Features", outputKind: DataKind.Single).Append(s_ml.Transforms.Concatenate("Features", "Features"))
            .Fit(scalar).Transform(scalar);
        Assert.Equal([4], Read(vector, s_letters).Numbers!.Dense(2));

        IDataView number = View(new NumberTextRow { ItemId = "a", Text = 4, Title = "tea" });
        Assert.Equal(Tokens("tea"), new ItemContentReader(number, s_columns with { Text = "Title" }, s_letters).Read(() => { }).Tokens![2]);

        Assert.Equal([4, float.NaN], Read(View(new NumbersRow("a", 4, float.NaN)), s_letters).Numbers!.Dense(2));
    }

    [Fact]
    public void Rows_that_cannot_be_read_are_named()
    {
        Refuse<InvalidOperationException>(
            View(new TextRow("a", "x"), new TextRow("c", "x"), new TextRow("c", "y")),
            "Row 3 of the view of items describes item c of column \"ItemId\", which an earlier row describes too; keep one row for each item.");
        Refuse<InvalidOperationException>(
            View(new TextRow("a", "x"), new TextRow("", "y")),
            "Row 2 of the view of items has no item in column \"ItemId\" (empty text, 0, or a key that is missing or out of range); leave such rows out.");
        Refuse<InvalidOperationException>(
            View(new NumbersRow("a", 1), new NumbersRow("b", float.NegativeInfinity)),
            "Row 2 of the view of items has an infinite number in column \"Features\"; replace it, for example by NaN, which means not known.");
    }

    [Fact]
    public void Reading_stops_when_cancelled()
    {
        int rows = 0;
        Assert.Throws<OperationCanceledException>(() => new ItemContentReader(View(new TextRow("a", "x"), new TextRow("b", "x"), new TextRow("c", "x")), s_columns, s_letters)
            .Read(() => _ = ++rows == 2 ? throw new OperationCanceledException() : 0));
        Assert.Equal(2, rows);
    }

    private static void Refuse<TException>(IDataView view, string message)
        where TException : Exception => Assert.Equal(message, Assert.Throws<TException>(() => Read(view, s_letters)).Message);

    private static ItemContent Read(IDataView view, ItemVocabulary known) => new ItemContentReader(view, s_columns, known).Read(() => { });

    private static int[] Tokens(string text) => WordTokens.Of([text.AsMemory()]);

    private static IDataView View(params NumbersRow[] rows)
    {
        SchemaDefinition schema = SchemaDefinition.Create(typeof(NumbersRow));
        schema[nameof(NumbersRow.Features)].ColumnType = new VectorDataViewType(NumberDataViewType.Single, rows[0].Features.Length);
        return s_ml.Data.LoadFromEnumerable(rows, schema);
    }

    private static IDataView View<T>(params T[] rows) where T : class => s_ml.Data.LoadFromEnumerable(rows);

    private static ItemVocabulary Vocabulary<T>(T row) where T : class => SequenceReader.Read(View(row), "Items").Vocabulary;

    private sealed class TextItems
    {
        public string[] Items { get; set; } = [];
    }

    private sealed class IntegerItems
    {
        public int[] Items { get; set; } = [];
    }

    private sealed record KeyValue(string Value);

    private sealed record TextRow(string ItemId, string Text);

    private sealed class TextsRow
    {
        public string ItemId { get; set; } = "";

        public string[] Text { get; set; } = [];
    }

    private sealed class NumbersRow(string id, params float[] numbers)
    {
        public string ItemId { get; } = id;

        public float[] Features { get; } = numbers;
    }

    private sealed class OpenRow
    {
        public string ItemId { get; set; } = "";

        public float[] Features { get; set; } = [];
    }

    private sealed class SparseRow
    {
        public string ItemId { get; set; } = "";

        [VectorType(5)]
        public VBuffer<float> Features { get; set; }
    }

    private sealed class BothRow
    {
        public string Sku { get; set; } = "";

        public string Title { get; set; } = "";

        [VectorType(2)]
        public float[] Vector { get; set; } = [0, 0];
    }

    private sealed class LongRow
    {
        public long ItemId { get; set; }

        public string Text { get; set; } = "";
    }

    private sealed class IdRow
    {
        public string ItemId { get; set; } = "";

        public string Name { get; set; } = "";
    }

    private sealed class VectorIdRow
    {
        public string[] ItemId { get; set; } = [];

        public string Text { get; set; } = "";
    }

    private sealed class NumberTextRow
    {
        public string ItemId { get; set; } = "";

        public float Text { get; set; }

        public string Title { get; set; } = "";
    }

    private sealed class ScalarRow
    {
        public string ItemId { get; set; } = "";

        public double Features { get; set; }
    }
}
