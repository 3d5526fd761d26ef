using Microsoft.ML.Hydra.Evaluation;
using Microsoft.ML.Hydra.Items;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Evaluation;

public sealed class ItemKnnTests
{
    [Fact]
    public void Neighbors_are_ranked_by_similarity_then_the_rest_by_popularity()
    {
        // s(3, 1) = 2 / (√(2 · 3) + 50), s(3, 2) = 2 / (√(2 · 4) + 50); the others, 3 itself among them, never occur with 3.
        SequenceDataset train = TinyChains.Of(5, [1, 2, 3], [1, 2], [2, 3, 1], [2], [5], [5], [5], [4]);
        Assert.Equal([1, 2, 5, 3, 4], Order(train, [3]));
    }

    [Fact]
    public void A_more_recent_item_counts_more()
    {
        // 1 goes with 2 and 3 with 4, equally often.
        SequenceDataset train = TinyChains.Of(4, [1, 2], [3, 4]);
        Assert.Equal([4, 2, 1, 3], Order(train, [1, 3]));
        Assert.Equal([2, 4, 1, 3], Order(train, [3, 1]));
    }

    [Fact]
    public void Three_votes_back_to_back_outweigh_a_later_one()
    {
        // 0.75 + 0.75² + 0.75³ = 1.73 for 2, 1 for 4.
        SequenceDataset train = TinyChains.Of(4, [1, 2], [3, 4]);
        Assert.Equal([2, 4, 1, 3], Order(train, [1, 1, 1, 3]));
    }

    [Fact]
    public void Items_more_than_twenty_back_are_not_read()
    {
        SequenceDataset train = TinyChains.Of(4, [1, 2], [3], [4]);
        int[] unrelated = [.. Enumerable.Repeat(3, 19)];
        Assert.Equal([2, 1, 3, 4], Order(train, [1, .. unrelated]));
        Assert.Equal([1, 2, 3, 4], Order(train, [1, 3, .. unrelated]));
    }

    [Fact]
    public void An_empty_history_and_an_item_without_neighbors_give_popularity()
    {
        SequenceDataset train = TinyChains.Of(4, [2, 3], [2], [4], [1, 3]);
        Assert.Equal([2, 3, 1, 4], Order(train, []));
        Assert.Equal([2, 3, 1, 4], Order(train, [4]));
    }

    [Theory]
    [InlineData(1, 60)]
    [InlineData(2, 300)]
    public void The_order_is_that_of_the_documented_formula(int seed, int count)
    {
        SequenceDataset train = TinyChains.Random(seed, numberOfItems: 40, count);
        double[,] similarities = PlainNeighbors.Similarities(train, window: 15, shrinkage: 50);
        Popularity popularity = Popularity.Count(train);
        var knn = new ItemKnn(train, popularity);
        for (int sequence = 0; sequence < train.Count; sequence++)
        {
            int[] history = train[sequence].ToArray();
            var expected = new double[train.NumberOfItems + 1];
            for (int back = 1; back <= Math.Min(20, history.Length); back++)
            {
                for (int row = 1; row < expected.Length; row++)
                {
                    expected[row] += Math.Pow(0.75, back - 1) * similarities[history[^back], row];
                }
            }

            CatalogOrder.AssertFollows(expected, CatalogOrder.Of(knn.Score, train.NumberOfItems, history), popularity);
        }
    }

    private static int[] Order(SequenceDataset train, int[] history) =>
        CatalogOrder.Of(new ItemKnn(train, Popularity.Count(train)).Score, train.NumberOfItems, history);
}
