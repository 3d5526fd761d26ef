using Microsoft.ML.Data;
using Microsoft.ML.Hydra.Items;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Items;

public sealed class SequenceReaderTests
{
    private static readonly MLContext s_ml = new(seed: 1);

    [Fact]
    public void Text_sequences_become_rows_and_what_is_skipped_is_counted()
    {
        IDataView view = View<TextRow>(new() { Items = ["b", "a", "", "b"] }, new() { Items = ["", null!] }, new() { Items = [] }, new() { Items = ["c"] });

        SequenceData read = SequenceReader.Read(view, "Items");

        Assert.Equal(2, read.Dataset.Count);
        Assert.Equal([1, 2, 1], read.Dataset[0].ToArray());
        Assert.Equal([3], read.Dataset[1].ToArray());
        Assert.Equal(3, read.Dataset.NumberOfItems);
        Assert.Equal(4, read.Dataset.NumberOfEvents);
        Assert.Equal(3, read.NumberOfMissingItems);
        Assert.Equal(2, read.NumberOfEmptySequences);
        Assert.Equal("c", read.Vocabulary.NameOf(3));
    }

    [Fact]
    public void Sparse_vectors_leave_out_missing_items()
    {
        IDataView view = View(new SparseRow { Items = new VBuffer<int>(5, 2, [9, 0, 0], [1, 4, 0]) }, new SparseRow { Items = new VBuffer<int>(5, 0, null, null) });

        SequenceData read = SequenceReader.Read(view, "Items");

        Assert.Equal([1], read.Dataset[0].ToArray());
        Assert.Equal(1, read.Dataset.Count);
        Assert.Equal("9", read.Vocabulary.NameOf(1));
        Assert.Equal(9, read.NumberOfMissingItems);
        Assert.Equal(1, read.NumberOfEmptySequences);
    }

    [Fact]
    public void Keys_are_their_own_rows_and_keep_their_values()
    {
        IDataView view = View<TextRow>(new() { Items = ["b", "a"] }, new() { Items = ["", "a", "c"] });
        IDataView keyed = s_ml.Transforms.Conversion.MapValueToKey("Items").Fit(view).Transform(view);

        SequenceData read = SequenceReader.Read(keyed, "Items");

        Assert.Equal([1, 2], read.Dataset[0].ToArray());
        Assert.Equal([2, 3], read.Dataset[1].ToArray());
        Assert.Equal(1, read.NumberOfMissingItems);
        Assert.Equal("b", read.Vocabulary.NameOf(1));
        Assert.IsType<KeyDataViewType>(read.Vocabulary.ItemType);
    }

    [Fact]
    public void Keys_without_values_are_accepted_and_those_out_of_range_counted()
    {
        IDataView view = View(new KeyRow { Items = [1, 4, 9, 0] });

        SequenceData read = SequenceReader.Read(view, "Items");

        Assert.Equal([1, 4], read.Dataset[0].ToArray());
        Assert.Equal(4, read.Vocabulary.Count);
        Assert.Equal(1, read.NumberOfUnknownItems);
        Assert.Equal(1, read.NumberOfMissingItems);
    }

    [Fact]
    public void All_integer_types_are_accepted()
    {
        Check(new IntegersRow<sbyte> { Items = [-1, 2] }, NumberDataViewType.SByte);
        Check(new IntegersRow<byte> { Items = [1, 2] }, NumberDataViewType.Byte);
        Check(new IntegersRow<short> { Items = [-1, 2] }, NumberDataViewType.Int16);
        Check(new IntegersRow<ushort> { Items = [1, 2] }, NumberDataViewType.UInt16);
        Check(new IntegersRow<int> { Items = [-1, 2] }, NumberDataViewType.Int32);
        Check(new IntegersRow<uint> { Items = [1, 2] }, NumberDataViewType.UInt32);
        Check(new IntegersRow<long> { Items = [-1, 2] }, NumberDataViewType.Int64);
        Check(new IntegersRow<ulong> { Items = [1, ulong.MaxValue] }, NumberDataViewType.UInt64);

        static void Check<T>(T row, DataViewType expected) where T : class
        {
            SequenceData read = SequenceReader.Read(View(row), "Items");
            Assert.Equal([1, 2], read.Dataset[0].ToArray());
            Assert.Equal(expected, read.Vocabulary.ItemType);
        }
    }

    [Fact]
    public void A_warm_start_keeps_old_rows_and_appends_new_ones()
    {
        ItemVocabulary text = SequenceReader.Read(View(new TextRow { Items = ["a", "b"] }), "Items").Vocabulary;
        SequenceData grown = SequenceReader.Read(View(new TextRow { Items = ["c", "b"] }), "Items", text);
        Assert.Equal([3, 2], grown.Dataset[0].ToArray());
        Assert.Equal([0, 1, 2], text.MapRowsTo(grown.Vocabulary));
        Assert.Equal(2, text.Count);
        Assert.Equal(0, text.Find("c"));

        ItemVocabulary integers = SequenceReader.Read(View(new IntegersRow<long> { Items = [5, 6] }), "Items").Vocabulary;
        SequenceData wider = SequenceReader.Read(View(new IntegersRow<byte> { Items = [7, 6] }), "Items", integers);
        Assert.Equal([3, 2], wider.Dataset[0].ToArray());
        Assert.Equal(NumberDataViewType.Int64, wider.Vocabulary.ItemType);

        ItemVocabulary narrow = SequenceReader.Read(View(new IntegersRow<byte> { Items = [5] }), "Items").Vocabulary;
        ItemVocabulary large = SequenceReader.Read(View(new IntegersRow<ulong> { Items = [ulong.MaxValue] }), "Items").Vocabulary;
        Assert.Contains("Item -1 ", Assert.Throws<InvalidOperationException>(
            () => SequenceReader.Read(View(new IntegersRow<int> { Items = [-1] }), "Items", large)).Message);
        Assert.Contains("Item 18446744073709551615 ", Assert.Throws<InvalidOperationException>(
            () => SequenceReader.Read(View(new IntegersRow<ulong> { Items = [ulong.MaxValue] }), "Items", integers)).Message);
        Assert.Contains("300", Assert.Throws<InvalidOperationException>(
            () => SequenceReader.Read(View(new IntegersRow<int> { Items = [300] }), "Items", narrow)).Message);
        Assert.Throws<ArgumentException>(() => SequenceReader.Read(View(new TextRow { Items = ["a"] }), "Items", narrow));
    }

    [Fact]
    public void Columns_that_hold_no_items_are_refused_in_one_sentence()
    {
        IDataView view = View(new WrongRow());

        string missing = Assert.Throws<ArgumentException>(() => SequenceReader.Read(view, "Basket")).Message;
        Assert.Contains("Basket", missing);
        Assert.Contains("Prices", missing);
        Assert.Contains("Single", Assert.Throws<ArgumentException>(() => SequenceReader.Read(view, "Prices")).Message);
        Assert.Contains("vector", Assert.Throws<ArgumentException>(() => SequenceReader.Read(view, "Item")).Message);
    }

    [Fact]
    public void Readers_of_a_trained_vocabulary_skip_and_count_unknown_items()
    {
        ItemVocabulary vocabulary = SequenceReader.Read(View(new IntegersRow<short> { Items = [5, 6] }), "Items").Vocabulary;
        IDataView view = View(new IntegersRow<long> { Items = [6, 70_000, 0, 5] });
        DataViewSchema.Column column = SequenceReader.FindItemsColumn(view.Schema, "Items", vocabulary);
        using DataViewRowCursor cursor = view.GetRowCursor([column]);
        HistoryReader reader = vocabulary.CreateHistoryReader(cursor, column);
        var buffer = new ItemRowBuffer();
        Assert.True(cursor.MoveNext());

        reader(buffer);

        Assert.Equal([2, 1], buffer.Rows.ToArray());
        Assert.Equal(1, buffer.NumberOfUnknownItems);
        Assert.Equal(1, buffer.NumberOfMissingItems);
    }

    [Fact]
    public void Text_and_integers_and_keys_are_not_accepted_for_each_other()
    {
        ItemVocabulary text = SequenceReader.Read(View(new TextRow { Items = ["a"] }), "Items").Vocabulary;
        ItemVocabulary integers = SequenceReader.Read(View(new IntegersRow<int> { Items = [1] }), "Items").Vocabulary;
        ItemVocabulary keys = SequenceReader.Read(View(new KeyRow { Items = [1] }), "Items").Vocabulary;

        Refuse(new IntegersRow<int> { Items = [1] }, text, "text", "Int32");
        Refuse(new TextRow { Items = ["a"] }, integers, "Int32", "String");
        Refuse(new TextRow { Items = ["a"] }, keys, "keys", "MapValueToKey");
        Refuse(new OtherKeyRow { Items = [1] }, keys, "over 7", "over 4");

        static void Refuse<T>(T row, ItemVocabulary vocabulary, string one, string other) where T : class
        {
            string message = Assert.Throws<ArgumentException>(
                () => SequenceReader.FindItemsColumn(View(row).Schema, "Items", vocabulary)).Message;
            Assert.Contains("\"Items\"", message);
            Assert.Contains(one, message);
            Assert.Contains(other, message);
        }
    }

    [Fact]
    public void Keys_for_other_values_are_refused_although_there_are_as_many()
    {
        ItemVocabulary vocabulary = SequenceReader.Read(Keyed("a", "b"), "Items").Vocabulary;

        Assert.Equal("Items", SequenceReader.FindItemsColumn(Keyed("a", "b").Schema, "Items", vocabulary).Name);
        Assert.Contains("other values", Assert.Throws<ArgumentException>(
            () => SequenceReader.FindItemsColumn(Keyed("b", "a").Schema, "Items", vocabulary)).Message);

        static IDataView Keyed(params string[] items)
        {
            IDataView view = View(new TextRow { Items = items });
            return s_ml.Transforms.Conversion.MapValueToKey("Items").Fit(view).Transform(view);
        }
    }

    [Fact]
    public void Reading_stops_when_cancelled()
    {
        int rows = 0;
        Assert.Throws<OperationCanceledException>(() => SequenceReader.Read(
            View<TextRow>(new() { Items = ["a"] }, new() { Items = ["b"] }, new() { Items = ["c"] }), "Items", null,
            () => { if (++rows == 2) { throw new OperationCanceledException(); } }));
        Assert.Equal(2, rows);
    }

    private static IDataView View<T>(params T[] rows) where T : class => s_ml.Data.LoadFromEnumerable(rows);

    private sealed class TextRow
    {
        public string[] Items { get; set; } = [];
    }

    private sealed class IntegersRow<T>
    {
        public T[] Items { get; set; } = [];
    }

    private sealed class SparseRow
    {
        [VectorType(5)]
        public VBuffer<int> Items { get; set; }
    }

    private sealed class KeyRow
    {
        [KeyType(4)]
        public uint[] Items { get; set; } = [];
    }

    private sealed class OtherKeyRow
    {
        [KeyType(7)]
        public uint[] Items { get; set; } = [];
    }

    private sealed class WrongRow
    {
        public float[] Prices { get; set; } = [1];

        public string Item { get; set; } = "a";
    }
}
