using Microsoft.ML.Data;
using Microsoft.ML.Hydra.Items;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Items;

public sealed class ItemVocabularyTests
{
    [Fact]
    public void Text_items_get_rows_in_order_of_appearance()
    {
        ItemVocabulary vocabulary = Text("tea", "", "milk", "tea", "Tea");

        Assert.Equal(3, vocabulary.Count);
        Assert.Equal(["tea", "milk", "Tea"], Names(vocabulary));
        Assert.Equal(2, vocabulary.Find("milk"));
        Assert.Equal(0, vocabulary.Find("sugar"));
        Assert.Equal(0, vocabulary.Find(""));
        Assert.Equal(0, vocabulary.Find(null));
        Assert.IsType<TextDataViewType>(vocabulary.ItemType);
    }

    [Fact]
    public void Text_lookups_allocate_nothing()
    {
        var vocabulary = (TextItemVocabulary)Text("tea", "milk");
        ReadOnlyMemory<char> id = "xmilkx".AsMemory(1, 4);
        int row = vocabulary.FindRow(id);

        Assert.Equal(2, row);
        Assert.Equal(0, Allocations.Of(() =>
        {
            for (int i = 0; i < 1000; i++)
            {
                row += vocabulary.FindRow(id);
            }
        }));
    }

    [Fact]
    public void Integers_of_any_width_find_the_same_item()
    {
        ItemVocabulary vocabulary = Integers(7L, -5L, 5_000_000_000L);

        Assert.Equal(1, vocabulary.Find(7));
        Assert.Equal(1, vocabulary.Find((byte)7));
        Assert.Equal(2, vocabulary.Find((sbyte)-5));
        Assert.Equal(0, vocabulary.Find(unchecked((ulong)-5L)));
        Assert.Equal(0, vocabulary.Find(unchecked((uint)-5)));
        Assert.Equal(3, vocabulary.Find(5_000_000_000UL));
        Assert.Equal(0, vocabulary.Find(0));
        Assert.Equal("-5", vocabulary.NameOf(2));
    }

    [Fact]
    public void Integers_above_Int64_are_not_negative_numbers()
    {
        ItemVocabulary large = Integers(ulong.MaxValue, 5UL);
        ItemVocabulary negative = Integers(-1, 5);

        Assert.Equal(1, large.Find(ulong.MaxValue));
        Assert.Equal(0, large.Find(-1));
        Assert.Equal(1, negative.Find(-1L));
        Assert.Equal(0, negative.Find(ulong.MaxValue));
        Assert.Equal(0, negative.Find(uint.MaxValue));
        Assert.Equal("18446744073709551615", large.NameOf(1));
        Assert.Equal(ulong.MaxValue, large.IdOf(1));
        Assert.Equal(-1, negative.IdOf(1));
        Assert.Equal([0, 0, 2], large.MapRowsTo(negative));
        Assert.Equal([0, 0, 2], negative.MapRowsTo(large));
        Assert.Equal([0, 1, 2], negative.MapRowsTo(Integers((sbyte)-1, (sbyte)5)));
    }

    [Fact]
    public void Ids_of_the_wrong_type_are_refused_with_both_types_named()
    {
        Assert.Contains("text", Assert.Throws<ArgumentException>(() => Text("a").Find(3)).Message);
        Assert.Contains("Int64", Assert.Throws<ArgumentException>(() => Integers(3L).Find("3")).Message);
        Assert.Contains("String", Assert.Throws<ArgumentException>(() => Keys(typeof(uint), "a").Find(1)).Message);
        Assert.Contains("1 to 4", Assert.Throws<ArgumentException>(() => KeysWithoutValues(4).Find("1")).Message);
    }

    [Fact]
    public void Keys_are_found_by_value_and_without_values_by_number()
    {
        ItemVocabulary named = Keys(typeof(uint), "tea", "milk");
        ItemVocabulary plain = KeysWithoutValues(4);

        Assert.Equal(2, named.Find("milk"));
        Assert.Equal(0, named.Find("sugar"));
        Assert.Equal("tea", named.NameOf(1));
        Assert.Equal(4, plain.Find(4L));
        Assert.Equal(0, plain.Find(5));
        Assert.Equal(0, plain.Find(-1));
        Assert.Equal("3", plain.NameOf(3));
    }

    [Fact]
    public void Key_values_of_integers_are_found_by_any_width()
    {
        var vocabulary = new KeyItemVocabulary(
            new KeyDataViewType(typeof(byte), 2), new KeyValueTable<long>(NumberDataViewType.Int64, [70, 80]));

        Assert.Equal(2, vocabulary.Find(80));
        Assert.Equal(0, vocabulary.Find(ulong.MaxValue));
    }

    [Theory]
    [InlineData("text")]
    [InlineData("sbyte")]
    [InlineData("byte")]
    [InlineData("short")]
    [InlineData("ushort")]
    [InlineData("int")]
    [InlineData("uint")]
    [InlineData("long")]
    [InlineData("ulong")]
    [InlineData("keys")]
    [InlineData("text keys")]
    [InlineData("byte keys")]
    [InlineData("ushort keys")]
    [InlineData("ulong keys")]
    [InlineData("date keys")]
    public void Saved_vocabularies_come_back_whole(string kind)
    {
        ItemVocabulary vocabulary = OfKind(kind);
        byte[] saved = Save(vocabulary);

        ItemVocabulary loaded = ItemVocabulary.Read(new MemoryStream(saved));

        Assert.Equal(vocabulary.GetType(), loaded.GetType());
        Assert.Equal(vocabulary.ItemType, loaded.ItemType);
        Assert.Equal(Names(vocabulary), Names(loaded));
        Assert.Equal(saved, Save(loaded));
        Assert.Equal(Enumerable.Range(0, vocabulary.Count + 1), vocabulary.MapRowsTo(loaded));
    }

    [Fact]
    public void Saving_leaves_the_stream_open()
    {
        var stream = new MemoryStream();
        Text("a").Write(stream);
        Assert.True(stream.CanWrite);
    }

    [Fact]
    public void Every_truncated_or_flipped_entry_gives_one_clear_error_or_a_vocabulary()
    {
        foreach (string kind in new[] { "text", "int", "text keys", "date keys" })
        {
            byte[] saved = Save(OfKind(kind));
            for (int length = 0; length < saved.Length; length++)
            {
                Assert.Throws<InvalidDataException>(() => ItemVocabulary.Read(new MemoryStream(saved[..length])));
            }

            for (int bit = 0; bit < saved.Length * 8; bit++)
            {
                byte[] flipped = [.. saved];
                flipped[bit / 8] ^= (byte)(1 << (bit % 8));
                Exception? error = Record.Exception(() => ItemVocabulary.Read(new MemoryStream(flipped)));
                Assert.True(error is null or InvalidDataException, $"{kind}, bit {bit}: {error}");
            }

            Assert.Throws<InvalidDataException>(() => ItemVocabulary.Read(new MemoryStream([.. saved, 0])));
        }
    }

    [Fact]
    public void Absurd_sizes_allocate_next_to_nothing()
    {
        byte[] manyItems = Bytes(w => { w.Write(1); w.Write((byte)1); w.Write(int.MaxValue); });
        byte[] longText = Bytes(w => { w.Write(1); w.Write((byte)1); w.Write(1); w.Write7BitEncodedInt64(2L * int.MaxValue - 200); });
        byte[] manyIntegers = Bytes(w => { w.Write(1); w.Write((byte)2); w.Write((byte)8); w.Write(int.MaxValue); });
        byte[] manyValues = Bytes(w => { w.Write(1); w.Write((byte)3); w.Write((byte)7); w.Write(1_000_000_000); w.Write((byte)1); });

        foreach (byte[] entry in new[] { manyItems, longText, manyIntegers, manyValues })
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            Assert.Throws<InvalidDataException>(() => ItemVocabulary.Read(new MemoryStream(entry)));
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
        }
    }

    [Fact]
    public void Entries_of_another_version_name_both_versions()
    {
        byte[] saved = Save(Text("a"));
        saved[0] = 9;
        string message = Assert.Throws<InvalidDataException>(() => ItemVocabulary.Read(new MemoryStream(saved))).Message;
        Assert.Contains("version 9", message);
        Assert.Contains("version 1", message);
    }

    [Fact]
    public void Rows_of_keys_move_by_value()
    {
        Assert.Equal([0, 3, 0, 1], Keys(typeof(uint), "a", "b", "c").MapRowsTo(Keys(typeof(ushort), "c", "d", "a")));
        Assert.Equal([0, 1, 2, 0], KeysWithoutValues(3).MapRowsTo(KeysWithoutValues(2)));
        Assert.Throws<InvalidOperationException>(() => Keys(typeof(uint), "a").MapRowsTo(Text("a")));
    }

    [Fact]
    public void Slot_names_are_the_items_as_text()
    {
        var annotations = new DataViewSchema.Annotations.Builder();
        Integers(70L, -3L).AddSlotNames(annotations);
        VBuffer<ReadOnlyMemory<char>> names = default;
        annotations.ToAnnotations().GetValue("SlotNames", ref names);
        Assert.Equal(["70", "-3"], names.DenseValues().Select(n => n.ToString()));
    }

    [Fact]
    public void Annotations_are_copied_not_shared()
    {
        var annotations = new DataViewSchema.Annotations.Builder();
        ItemVocabulary vocabulary = Integers(70L, -3L);
        vocabulary.AddItemIds(annotations, "ItemIds");
        DataViewSchema.Annotations built = annotations.ToAnnotations();
        VBuffer<long> ids = default;
        built.GetValue("ItemIds", ref ids);
        VBufferEditor.CreateFromBuffer(ref ids).Values[0] = 1;
        Assert.Equal("70", vocabulary.NameOf(1));
        Assert.Equal(["70", "-3"], Names(ItemVocabulary.FromAnnotation(built, "ItemIds", NumberDataViewType.Int64)));
    }

    private static ItemVocabulary OfKind(string kind) => kind switch
    {
        "text" => Text("tea", "smørrebrød 🍞", "lone \ud800 surrogate", new string('x', 300)),
        "sbyte" => Integers<sbyte>(5, -5, sbyte.MinValue),
        "byte" => Integers<byte>(5, 255),
        "short" => Integers<short>(5, -5, short.MaxValue),
        "ushort" => Integers<ushort>(5, ushort.MaxValue),
        "int" => Integers(5, -5, int.MinValue),
        "uint" => Integers(5u, uint.MaxValue),
        "long" => Integers(5L, -5L, long.MinValue),
        "ulong" => Integers(5UL, ulong.MaxValue),
        "keys" => KeysWithoutValues(1000),
        "text keys" => Keys(typeof(uint), "a", "", "c"),
        "byte keys" => Keys(typeof(byte), "a", "b"),
        "ushort keys" => Keys(typeof(ushort), "a", "b"),
        "ulong keys" => Keys(typeof(ulong), "a", "b"),
        "date keys" => new KeyItemVocabulary(
            new KeyDataViewType(typeof(uint), 2),
            new KeyValueTable<DateTime>(DateTimeDataViewType.Instance, [new DateTime(2020, 1, 2, 3, 4, 5, DateTimeKind.Utc), DateTime.MaxValue])),
        _ => throw new ArgumentException(kind),
    };

    private static ItemVocabulary Text(params string[] ids)
    {
        var builder = new TextItemVocabularyBuilder();
        foreach (string id in ids)
        {
            builder.GetOrAdd(id.AsMemory());
        }

        return builder.Build();
    }

    private static ItemVocabulary Integers<T>(params T[] ids) where T : struct, System.Numerics.IBinaryInteger<T>
    {
        var builder = new IntegerItemVocabularyBuilder(IntegerType.Of(typeof(T))!);
        foreach (T id in ids)
        {
            builder.FindRow(id);
        }

        return builder.Build();
    }

    private static KeyItemVocabulary Keys(Type rawType, params string[] values) => new(
        new KeyDataViewType(rawType, values.Length),
        new KeyValueTable<ReadOnlyMemory<char>>(TextDataViewType.Instance, [.. values.Select(v => v.AsMemory())]));

    private static KeyItemVocabulary KeysWithoutValues(int count) => new(new KeyDataViewType(typeof(uint), count), null);

    private static string[] Names(ItemVocabulary vocabulary) =>
        [.. Enumerable.Range(1, vocabulary.Count).Select(vocabulary.NameOf)];

    private static byte[] Save(ItemVocabulary vocabulary)
    {
        var stream = new MemoryStream();
        vocabulary.Write(stream);
        return stream.ToArray();
    }

    private static byte[] Bytes(Action<BinaryWriter> write)
    {
        var stream = new MemoryStream();
        write(new BinaryWriter(stream));
        return stream.ToArray();
    }
}
