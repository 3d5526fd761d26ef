using Xunit;

namespace Microsoft.ML.Hydra.Text.Tuning;

public sealed class ItemLinksTests
{
    [Fact]
    public void Neighbours_within_the_window_count_one_over_the_distance_in_both_directions()
    {
        // 1 2 3 4 5 with a window of 3; 2 1 once more; the last event of each history of three is held out.
        ItemLinks links = ItemLinks.Count(TinyData.Of(6, [[1, 2, 3, 4, 5, 6], [2, 1]]), 3, [-1, 0, 0, 0, 0, 0, 0]);

        Assert.Equal([2, 3, 4], links.NeighborsOf(1).ToArray());
        Assert.Equal(2 + .5 + (1.0 / 3), links.Sums[1], 1e-12);
        Assert.Equal([2f / (2 + .5f + (1f / 3)), .5f / (2 + .5f + (1f / 3)), (1f / 3) / (2 + .5f + (1f / 3))], links.SharesOf(1).ToArray(), (a, b) => Math.Abs(a - b) < 1e-6);
        Assert.Equal(Math.Sqrt(2 + .5 + (1.0 / 3)), links.RowWeight(1), 1e-12);
        Assert.Equal([2, 3, 4], links.NeighborsOf(5).ToArray());
        Assert.Equal(0, links.Sums[6]);
    }

    [Fact]
    public void Items_of_other_domains_and_the_item_itself_are_no_neighbours()
    {
        ItemLinks links = ItemLinks.Count(TinyData.Of(4, [[1, 2, 1, 3, 4]], SequenceValidation.None), 3, [-1, 0, 0, 1, -1]);

        Assert.Equal([2], links.NeighborsOf(1).ToArray());
        Assert.Equal([1], links.NeighborsOf(2).ToArray());
        Assert.Equal(2, links.Sums[2], 1e-12);
        Assert.Empty(links.NeighborsOf(3).ToArray());
        Assert.Empty(links.NeighborsOf(4).ToArray());
    }
}
