using Microsoft.ML.Hydra.Evaluation;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Evaluation;

public sealed class OrdinalScoresTests
{
    [Fact]
    public void Scores_become_places_and_the_more_popular_of_equal_ones_is_better()
    {
        // Best first by popularity: 2, 3, 5, 1, 4.
        var ordinal = new OrdinalScores(Popularity.Count(TinyChains.Of(5, [3, 2, 3], [2, 5])));
        float[] scores = [9, 0.5f, -0f, 0, -2, 0.5f];
        ordinal.Replace(scores);
        Assert.Equal([9, 4, 3, 2, 1, 5], scores);

        scores = [9, 1e-30f, 1e-30f, -1e-30f, 2, -1.5f];
        ordinal.Replace(scores);
        Assert.Equal([9, 3, 4, 2, 5, 1], scores);
    }

    [Fact]
    public void The_order_is_that_of_a_sort_by_score_then_popularity()
    {
        var random = new Random(4);
        Popularity popularity = Popularity.Count(TinyChains.Random(3, numberOfItems: 500, count: 100));
        var ordinal = new OrdinalScores(popularity);
        for (int round = 0; round < 5; round++)
        {
            float[] scores = [.. Enumerable.Range(0, 501).Select(_ => random.Next(4) == 0 ? 0 : MathF.Round(random.NextSingle() * 4 - 2, random.Next(1, 6)))];
            int[] expected = [.. Enumerable.Range(1, 500).OrderByDescending(row => scores[row]).ThenBy(row => popularity.Places[row])];
            ordinal.Replace(scores);
            Assert.Equal(expected, Enumerable.Range(1, 500).OrderByDescending(row => scores[row]));
            Assert.Equal(Enumerable.Range(1, 500), scores[1..].Order().Select(score => (int)score));
        }
    }
}
