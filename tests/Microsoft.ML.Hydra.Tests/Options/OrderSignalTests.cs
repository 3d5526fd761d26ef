using Microsoft.ML.Hydra.Items;
using Microsoft.ML.Hydra.Options;
using Microsoft.ML.Hydra.Tests.Training;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Options;

public sealed class OrderSignalTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void It_says_much_where_an_item_decides_the_next(bool excludeSeenItems) =>
        Assert.False(OrderSignal.IsWeak(OrderedOrNot.Sequences(ordered: true, 2000), excludeSeenItems, () => { }));

    [Fact]
    public void It_says_little_where_any_of_a_group_may_follow() =>
        Assert.True(OrderSignal.IsWeak(OrderedOrNot.Sequences(ordered: false, 2000), excludeSeenItems: true, () => { }));

    [Fact]
    public void Few_sequences_decide_nothing() =>
        Assert.False(OrderSignal.IsWeak(OrderedOrNot.Sequences(ordered: false, 1999), excludeSeenItems: true, () => { }));

    [Fact]
    public void Sequences_that_only_repeat_decide_nothing()
    {
        int[] items = [.. Enumerable.Range(0, 6000).Select(i => (i / 3) + 1)];
        var data = new SequenceDataset(items, [.. Enumerable.Range(0, 2001).Select(i => i * 3)], 2000);
        Assert.False(OrderSignal.IsWeak(data, excludeSeenItems: true, () => { }));
    }

    [Fact]
    public void It_can_be_cancelled() => Assert.Throws<OperationCanceledException>(() =>
        OrderSignal.IsWeak(OrderedOrNot.Sequences(ordered: false, 2000), excludeSeenItems: true, () => throw new OperationCanceledException()));
}
