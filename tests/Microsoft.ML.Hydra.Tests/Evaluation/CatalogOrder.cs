using Microsoft.ML.Hydra.Evaluation;
using Microsoft.ML.Hydra.Scoring;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Evaluation;

/// <summary>The order in which a baseline recommends the whole catalogue.</summary>
internal static class CatalogOrder
{
    /// <summary>Rows after a history, best first.</summary>
    public static int[] Of(BatchScorer scorer, int numberOfItems, int[] history)
    {
        var scores = new float[numberOfItems + 1];
        scorer(history, default, [0, history.Length], scores);
        return [.. Enumerable.Range(1, numberOfItems).OrderByDescending(row => scores[row])];
    }

    /// <summary>Checks that an order descends in <paramref name="expected"/>, up to rounding, with items at 0 by popularity.</summary>
    public static void AssertFollows(double[] expected, int[] order, Popularity popularity)
    {
        for (int i = 1; i < order.Length; i++)
        {
            (int better, int worse) = (order[i - 1], order[i]);
            Assert.True(expected[better] > expected[worse] - 1e-6, $"{better} scores {expected[better]}, {worse} scores {expected[worse]}.");
            if (expected[better] == 0)
            {
                Assert.True(popularity.Places[better] < popularity.Places[worse]);
            }
        }
    }
}
