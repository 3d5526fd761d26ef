using Microsoft.ML.Hydra.Training;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Training;

public sealed class PopularitySamplerTests
{
    private static readonly int[] s_counts = [77, 0, 5, 80, 1, 0, 12, 300];

    [Fact]
    public void Probabilities_are_smoothed_popularity_and_sum_to_1()
    {
        var sampler = new PopularitySampler(s_counts);
        double sum = s_counts.Skip(1).Sum(count => Math.Pow(count + 1, 0.75));
        for (int row = 1; row < s_counts.Length; row++)
        {
            Assert.Equal(Math.Pow(s_counts[row] + 1, 0.75) / sum, sampler.Probability(row), 1e-12);
        }

        Assert.Equal(1, Enumerable.Range(1, s_counts.Length - 1).Sum(row => sampler.Probability(row)), 1e-12);
    }

    [Fact]
    public void Draws_follow_the_probabilities()
    {
        var sampler = new PopularitySampler(s_counts);
        var rows = new long[200_000];
        sampler.Draw(rows, new Random(5));
        Assert.All(rows, row => Assert.InRange(row, 1, s_counts.Length - 1));

        // Chi-square of 6 degrees of freedom: 22.5 is exceeded once in a thousand seeds.
        double chiSquare = Enumerable.Range(1, s_counts.Length - 1).Sum(row =>
        {
            double expected = sampler.Probability(row) * rows.Length;
            double difference = rows.Count(r => r == row) - expected;
            return difference * difference / expected;
        });
        Assert.InRange(chiSquare, 0, 22.5);
    }

    [Fact]
    public void A_seed_repeats_its_draws()
    {
        var sampler = new PopularitySampler(s_counts);
        (var one, var two, var other) = (new long[50], new long[50], new long[50]);
        sampler.Draw(one, new Random(5));
        sampler.Draw(two, new Random(5));
        sampler.Draw(other, new Random(6));
        Assert.Equal(one, two);
        Assert.NotEqual(one, other);
    }

    [Theory]
    [InlineData(0.0, 1)]
    [InlineData(0.49999, 1)]
    [InlineData(0.5, 2)]   // a draw on a border belongs to the item above it
    [InlineData(0.999999999999, 2)]
    public void Borders_fall_where_they_should(double draw, int row)
    {
        var rows = new long[1];
        new PopularitySampler([0, 4, 4]).Draw(rows, new FixedRandom(draw));
        Assert.Equal(row, rows[0]);
    }

    private sealed class FixedRandom(double value) : Random
    {
        public override double NextDouble() => value;
    }
}
