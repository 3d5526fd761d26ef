using Microsoft.ML.Hydra.Prior;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Prior;

public sealed class ItemLinksTests
{
    [Fact]
    public void A_sum_adds_what_leads_to_the_same_item()
    {
        ItemLinks one = Links([(1, 0.5), (3, 2)], [], [(2, 1)]), other = Links([(3, 1), (2, 4)], [(1, 8)], []);

        ItemLinks sum = ItemLinks.Sum(one, other, 0.25, 64);

        Assert.Equal([(1, 0.5f), (2, 1), (3, 2.25f)], Of(sum, 1));
        Assert.Equal([(1, 2f)], Of(sum, 2));
        Assert.Equal([(2, 1f)], Of(sum, 3));
        Assert.Equal((3, 5), (sum.NumberOfItems, sum.NumberOfLinks));
    }

    [Fact]
    public void The_strongest_links_are_kept_in_the_order_of_their_items_and_of_equals_the_first()
    {
        ItemLinks sum = ItemLinks.Sum(Links([(1, 1), (2, 3), (4, 1), (5, 2)], [], [], [], []), Links([(1, 1), (3, 1)], [], [], [], []), 1, 3);

        Assert.Equal([(1, 2f), (2, 3), (5, 2)], Of(sum, 1));
        Assert.Equal([(1, 2f), (2, 3)], Of(ItemLinks.Sum(sum, ItemLinks.None(5), 1, 2), 1));
    }

    [Fact]
    public void Weights_have_half_precision_and_those_below_it_are_left_out()
    {
        ItemLinks sum = ItemLinks.Sum(Links([(1, 0.1)]), Links([(1, 1e-9)]), 1, 64);
        Assert.Equal([(1, (float)(Half)0.1f)], Of(sum, 1));
        Assert.Empty(Of(ItemLinks.Sum(ItemLinks.None(1), Links([(1, 1e-9)]), 1, 64), 1));
    }

    [Fact]
    public void None_has_no_links()
    {
        ItemLinks none = ItemLinks.None(3);

        Assert.Equal((3, 0), (none.NumberOfItems, none.NumberOfLinks));
        Assert.Empty(Of(none, 3));
    }

    private static ItemLinks Links(params (int Target, double Weight)[][] rows)
    {
        var builder = new ItemLinksBuilder();
        foreach ((int target, double weight)[] row in rows)
        {
            foreach ((int target, double weight) in row)
            {
                builder.Add(target, weight);
            }

            builder.EndRow();
        }

        return builder.Build();
    }

    private static (int, float)[] Of(ItemLinks links, int row) => [.. links.Targets(row).ToArray().Zip(links.Weights(row).ToArray())];
}
