using Microsoft.ML.Data;
using Microsoft.ML.Hydra.Items;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Items;

/// <summary>Ids in the type that they have outside.</summary>
public sealed class ItemIdsTests
{
    private static readonly KeyDataViewType s_keys = new(typeof(byte), 3);

    [Fact]
    public void Text_goes_in_and_comes_out_as_strings()
    {
        var builder = new TextItemVocabularyBuilder();
        builder.GetOrAdd("tea".AsMemory());
        builder.GetOrAdd("milk".AsMemory());
        IItemIds<string> ids = builder.Build().Ids<string>();

        Assert.Equal([1, 2, 0, 0, ItemVocabulary.Unknown], Array.ConvertAll(["tea", "milk", "", null!, "rum"], ids.FindRow));
        Assert.Equal("milk", ids.IdOf(2));
        AssertAllocatesNothing(ids, "milk");
    }

    [Fact]
    public void Integers_go_in_and_come_out_as_they_are()
    {
        var builder = new IntegerItemVocabularyBuilder(IntegerType.Of(typeof(long))!);
        builder.GetOrAdd(5_000_000_000);
        IItemIds<long> ids = builder.Build().Ids<long>();

        Assert.Equal([1, 0, ItemVocabulary.Unknown], Array.ConvertAll([5_000_000_000, 0, 5], ids.FindRow));
        Assert.Equal(5_000_000_000, ids.IdOf(1));
        AssertAllocatesNothing(ids, 5_000_000_000);
    }

    [Fact]
    public void Keys_go_in_and_come_out_as_their_values()
    {
        var text = new KeyItemVocabulary(s_keys, new KeyValueTable<ReadOnlyMemory<char>>(TextDataViewType.Instance, ["a".AsMemory(), "b".AsMemory(), "a".AsMemory()]));
        IItemIds<string> texts = text.Ids<string>();
        Assert.Equal([1, 2, 0, ItemVocabulary.Unknown], Array.ConvertAll(["a", "b", null!, "c"], texts.FindRow));
        Assert.Equal("a", texts.IdOf(3));
        AssertAllocatesNothing(texts, "b");

        var number = new KeyItemVocabulary(s_keys, new KeyValueTable<int>(NumberDataViewType.Int32, [70, 0, -3]));
        IItemIds<int> numbers = number.Ids<int>();
        Assert.Equal([1, 2, 3, ItemVocabulary.Unknown], Array.ConvertAll([70, 0, -3, 4], numbers.FindRow));
        Assert.Equal(-3, numbers.IdOf(3));
        AssertAllocatesNothing(numbers, -3);
    }

    [Fact]
    public void Keys_without_values_are_their_numbers()
    {
        IItemIds<byte> ids = new KeyItemVocabulary(s_keys, null).Ids<byte>();

        Assert.Equal([0, 1, 3, ItemVocabulary.Unknown], Array.ConvertAll((byte[])[0, 1, 3, 4], ids.FindRow));
        Assert.Equal(2, ids.IdOf(2));
    }

    [Fact]
    public void Another_type_is_refused_with_both_named()
    {
        ItemVocabulary keys = new KeyItemVocabulary(s_keys, null);

        string message = Assert.Throws<ArgumentException>(() => keys.Ids<int>()).Message;

        Assert.Contains("given as Int32", message, StringComparison.Ordinal);
        Assert.Contains("items are Byte", message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => new KeyItemVocabulary(s_keys, new KeyValueTable<int>(NumberDataViewType.Int32, [1, 2, 3])).Ids<byte>());
    }

    private static void AssertAllocatesNothing<TItem>(IItemIds<TItem> ids, TItem id)
    {
        int row = ids.FindRow(id);
        TItem found = ids.IdOf(row);
        Assert.Equal(0, Allocations.Of(() =>
        {
            for (int i = 0; i < 100; i++)
            {
                row = ids.FindRow(found);
                found = ids.IdOf(row);
            }
        }));
    }
}
