using Microsoft.ML.Hydra.Evaluation;
using Microsoft.ML.Hydra.Items;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Evaluation;

public sealed class MarkovChainTests
{
    [Fact]
    public void One_step_ranks_what_followed_the_last_item_then_popularity() =>
        Assert.Equal([2, 1, 3, 4], Order(TinyChains.Three, steps: 1, [3, 1]));

    [Fact]
    public void One_step_ignores_all_but_the_last_item() =>
        Assert.Equal(Order(TinyChains.Three, steps: 1, [2]), Order(TinyChains.Three, steps: 1, [1, 3, 1, 2]));

    [Fact]
    public void Two_steps_add_half_of_the_item_before()
    {
        // 3: 2/√2.5 + ½ · 0.5/√2.5 = 1.42; 2: ½ · 2/√2.5 = 0.63; 1: 0.5/√2.5 = 0.32; 4: never seen.
        Assert.Equal([3, 2, 1, 4], Order(TinyChains.Three, steps: 2, [1, 2]));
    }

    [Fact]
    public void Equal_scores_are_ordered_by_popularity_then_row()
    {
        // After 1 each of 2, 3, 4 came once; 4 occurs three times, 2 and 3 twice, 5 four times but never after 1.
        SequenceDataset train = TinyChains.Of(5, [1, 2], [1, 3], [1, 4], [3], [2], [4], [4], [5], [5], [5], [5]);
        Assert.Equal([4, 2, 3, 5, 1], Order(train, steps: 1, [1]));
    }

    [Fact]
    public void An_empty_history_and_an_item_without_successors_give_popularity()
    {
        Assert.Equal([1, 2, 3, 4], Order(TinyChains.Three, steps: 10, []));
        Assert.Equal([1, 2, 3, 4], Order(TinyChains.Three, steps: 10, [4]));
    }

    [Fact]
    public void Several_histories_are_scored_as_if_alone()
    {
        SequenceDataset train = TinyChains.Random(seed: 5, numberOfItems: 20, count: 30);
        var chain = new MarkovChain(train, Popularity.Count(train), steps: 10);
        int[] items = [3, 7, 7, 1, 20, 5, 9];
        int[] offsets = [0, 3, 4, 7];
        var together = new float[3 * 21];
        chain.Score(items, default, offsets, together);
        for (int i = 0; i < 3; i++)
        {
            var alone = new float[21];
            chain.Score(items.AsSpan(offsets[i]..offsets[i + 1]), default, [0, offsets[i + 1] - offsets[i]], alone);
            Assert.Equal(alone, together[(i * 21)..((i + 1) * 21)]);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(10)]
    public void The_order_is_that_of_the_formula(int steps)
    {
        SequenceDataset train = TinyChains.Random(seed: steps, numberOfItems: 25, count: 60);
        Popularity popularity = Popularity.Count(train);
        for (int sequence = 0; sequence < train.Count; sequence++)
        {
            int[] history = train[sequence].ToArray();
            double[] expected = ScoresByDefinition(train, history, steps);
            CatalogOrder.AssertFollows(expected, Order(train, steps, history), popularity);
        }
    }

    [Fact]
    public void Steps_below_one_are_refused() => Assert.Throws<ArgumentOutOfRangeException>(
        () => new MarkovChain(TinyChains.Three, Popularity.Count(TinyChains.Three), steps: 0));

    private static int[] Order(SequenceDataset train, int steps, int[] history) =>
        CatalogOrder.Of(new MarkovChain(train, Popularity.Count(train), steps).Score, train.NumberOfItems, history);

    private static double[] ScoresByDefinition(SequenceDataset train, int[] history, int steps)
    {
        int width = train.NumberOfItems + 1;
        var counts = new double[width, width];
        var sums = new double[width];
        for (int sequence = 0; sequence < train.Count; sequence++)
        {
            ReadOnlySpan<int> items = train[sequence];
            for (int later = 0; later < items.Length; later++)
            {
                for (int earlier = Math.Max(0, later - steps); earlier < later; earlier++)
                {
                    counts[items[earlier], items[later]] += 1.0 / (later - earlier);
                    sums[items[earlier]] += 1.0 / (later - earlier);
                }
            }
        }

        var scores = new double[width];
        for (int back = 1; back <= Math.Min(steps, history.Length); back++)
        {
            int from = history[^back];
            for (int row = 1; row < width && sums[from] > 0; row++)
            {
                scores[row] += counts[from, row] / Math.Sqrt(sums[from]) / back;
            }
        }

        return scores;
    }
}
