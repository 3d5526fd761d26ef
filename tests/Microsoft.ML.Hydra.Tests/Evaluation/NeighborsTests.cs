using Microsoft.ML.Hydra.Evaluation;
using Microsoft.ML.Hydra.Items;
using Microsoft.ML.Hydra.Prior;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Evaluation;

public sealed class NeighborsTests
{
    [Fact]
    public void Without_shrinkage_similarity_is_the_cosine_over_sequences()
    {
        // Rows 1 and 2 are together in all three of their sequences, 3 with either in both of its own.
        ItemLinks neighbors = Count(TinyChains.Three, window: 10, shrinkage: 0);
        AssertRow(neighbors, 1, (2, 1), (3, 2 / Math.Sqrt(6)));
        AssertRow(neighbors, 2, (1, 1), (3, 2 / Math.Sqrt(6)));
        AssertRow(neighbors, 3, (1, 2 / Math.Sqrt(6)), (2, 2 / Math.Sqrt(6)));
        AssertRow(neighbors, 4);
    }

    [Fact]
    public void Events_further_apart_than_the_window_do_not_count_and_shrinkage_is_added_to_the_denominator()
    {
        ItemLinks neighbors = Count(TinyChains.Three, window: 1, shrinkage: 2);
        AssertRow(neighbors, 1, (2, 2 / (3 + 2.0)), (3, 1 / (Math.Sqrt(6) + 2)));
        AssertRow(neighbors, 2, (3, 2 / (Math.Sqrt(6) + 2)), (1, 2 / (3 + 2.0)));
        AssertRow(neighbors, 3, (2, 2 / (Math.Sqrt(6) + 2)), (1, 1 / (Math.Sqrt(6) + 2)));
    }

    [Fact]
    public void A_pair_counts_once_a_sequence_and_an_item_that_occurs_again_is_its_own_neighbor()
    {
        SequenceDataset train = TinyChains.Of(2, [1, 2, 1, 2, 1], [1]);
        AssertRow(Count(train, window: 1, shrinkage: 0), 1, (2, 1 / Math.Sqrt(2)));
        AssertRow(Count(train, window: 2, shrinkage: 0), 1, (2, 1 / Math.Sqrt(2)), (1, 0.5));
    }

    [Fact]
    public void The_most_similar_are_kept_and_of_equals_the_most_popular()
    {
        // 2, 3 and 4 are each together with 1 once in their two sequences, 5 in its only one; 4 occurs three times.
        SequenceDataset train = TinyChains.Of(5, [1, 2, 3, 4, 5], [2], [3], [4, 4]);
        AssertRow(Count(train, window: 10, shrinkage: 0, maximum: 3), 1, (5, 1), (4, 1 / Math.Sqrt(2)), (2, 1 / Math.Sqrt(2)));
    }

    [Theory]
    [InlineData(1, 0, 1000)]
    [InlineData(4, 3, 1000)]
    [InlineData(50, 20, 1000)]
    [InlineData(4, 3, 7)]
    public void Random_sequences_give_what_all_pairs_give(int window, double shrinkage, int maximum)
    {
        SequenceDataset train = TinyChains.Random(seed: window, numberOfItems: 25, count: 60);
        double[,] plain = PlainNeighbors.Similarities(train, window, shrinkage);
        ItemLinks neighbors = Count(train, window, shrinkage, maximum);
        for (int row = 1; row <= train.NumberOfItems; row++)
        {
            float[] expected = [.. Enumerable.Range(1, train.NumberOfItems)
                .Select(other => (float)plain[row, other])
                .Where(similarity => similarity > 0)
                .OrderDescending()
                .Take(maximum)];
            Assert.Equal(expected, neighbors.Weights(row));
            Assert.Equal(expected, neighbors.Targets(row).ToArray().Select(other => (float)plain[row, other]));
            Assert.Distinct(neighbors.Targets(row).ToArray());
        }
    }

    private static ItemLinks Count(SequenceDataset train, int window, double shrinkage, int maximum = 1000) =>
        Neighbors.Count(train, Popularity.Count(train), window, shrinkage, maximum);

    private static void AssertRow(ItemLinks neighbors, int row, params (int Neighbor, double Similarity)[] expected)
    {
        Assert.Equal(expected.Select(w => w.Neighbor), neighbors.Targets(row).ToArray());
        Assert.Equal(expected.Select(w => (float)w.Similarity), neighbors.Weights(row).ToArray());
    }
}
