using Microsoft.ML.Data;
using Microsoft.ML.Hydra.Cli.Models;
using Xunit;

namespace Microsoft.ML.Hydra.Cli.Tests.Models;

public sealed class ItemIdsTests
{
    private const string Column = nameof(HistoryRow.Items);

    private readonly MLContext _mlContext = new();

    [Fact]
    public void Text_becomes_integers_and_integers_become_the_same_text()
    {
        IDataView text = History("7", "-3", "2147483647");
        IDataView integers = ItemIds.ToModelType(_mlContext, text, Column, NumberDataViewType.Int32);

        Assert.Equal(NumberDataViewType.Int32, ((VectorDataViewType)integers.Schema[Column].Type).ItemType);
        Assert.Equal(["7", "-3", "2147483647"], Read(ItemIds.ToText(_mlContext, integers, Column)));
    }

    [Fact]
    public void Text_stays_as_it_is()
    {
        IDataView text = History("a", "b");

        Assert.Same(text, ItemIds.ToModelType(_mlContext, text, Column, TextDataViewType.Instance));
        Assert.Same(text, ItemIds.ToText(_mlContext, text, Column));
    }

    [Fact]
    public void Empty_history_stays_empty()
    {
        IDataView integers = ItemIds.ToModelType(_mlContext, History(), Column, NumberDataViewType.UInt64);

        Assert.Empty(Read(ItemIds.ToText(_mlContext, integers, Column)));
    }

    [Theory]
    [InlineData("255", true)]
    [InlineData("256", false)]
    [InlineData("-1", false)]
    [InlineData("1.0", false)]
    [InlineData("x", false)]
    public void Only_a_text_that_fits_the_type_can_be_an_id(string text, bool expected) =>
        Assert.Equal(expected, ItemIds.CanBeId(text, NumberDataViewType.Byte));

    [Fact]
    public void Data_with_another_kind_of_id_are_an_error_with_the_first_one()
    {
        UserErrorException error = Assert.Throws<UserErrorException>(
            () => ItemIds.Check(History("1", "two"), Column, NumberDataViewType.Int64, CancellationToken.None));

        Assert.Contains("the item 'two', but the model's items are Int64", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Key_items_are_refused_in_one_sentence()
    {
        UserErrorException error = Assert.Throws<UserErrorException>(
            () => ItemIds.ToModelType(_mlContext, History("1"), Column, new KeyDataViewType(typeof(uint), 5)));

        Assert.Contains("text and integer items only", error.Message, StringComparison.Ordinal);
    }

    private IDataView History(params string[] items) => _mlContext.Data.LoadFromEnumerable([new HistoryRow { Items = items }]);

    private static string[] Read(IDataView view)
    {
        using DataViewRowCursor cursor = view.GetRowCursor([view.Schema[Column]]);
        Assert.True(cursor.MoveNext());
        VBuffer<ReadOnlyMemory<char>> items = default;
        cursor.GetGetter<VBuffer<ReadOnlyMemory<char>>>(view.Schema[Column])(ref items);
        return [.. items.DenseValues().Select(item => item.ToString())];
    }
}
