using Microsoft.ML.Hydra.Prior;
using Microsoft.ML.Hydra.Tests.Items;
using Microsoft.ML.Hydra.Tests.Training;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Prior;

public sealed class CooccurrencePriorTests
{
    private static readonly CooccurrencePrior s_prior =
        new(new Cooccurrences(SampleSequences.Walks()).Count(CooccurrenceReach.Far, 0.3, () => { }), new CooccurrenceShape(CooccurrenceReach.Far, 0.3, 0.7), gain: 500, weight: 0.8);

    [Fact]
    public void A_prior_survives_writing_and_reading_to_the_bit()
    {
        using var stream = new MemoryStream();
        s_prior.Write(stream);
        stream.Position = 0;

        CooccurrencePrior read = CooccurrencePrior.Read(stream, 12);

        Assert.Equal(stream.Length, stream.Position);
        Assert.Equal((s_prior.Shape, s_prior.Gain, s_prior.Weight), (read.Shape, read.Gain, read.Weight));
        for (int row = 1; row <= 12; row++)
        {
            Assert.Equal(s_prior.Links.Targets(row), read.Links.Targets(row));
            Assert.Equal(s_prior.Links.Weights(row), read.Links.Weights(row));
        }
    }

    [Fact]
    public void A_prior_of_more_items_or_with_numbers_out_of_range_is_refused()
    {
        using var stream = new MemoryStream();
        s_prior.Write(stream);
        byte[] whole = stream.ToArray();

        Assert.Throws<InvalidDataException>(() => CooccurrencePrior.Read(new MemoryStream(whole), 5));
        Assert.Throws<EndOfStreamException>(() => CooccurrencePrior.Read(new MemoryStream(whole[..^1]), 12));
        byte[] negative = [.. whole];
        BitConverter.TryWriteBytes(negative.AsSpan(9), -0.5);   // the decay
        Assert.Contains("Decay is -0.5", Assert.Throws<InvalidDataException>(() => CooccurrencePrior.Read(new MemoryStream(negative), 12)).Message, StringComparison.Ordinal);
        byte[] further = [2, .. whole[1..]];
        Assert.Contains("Reach is 2", Assert.Throws<InvalidDataException>(() => CooccurrencePrior.Read(new MemoryStream(further), 12)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Sums_are_recency_weighted_links_of_the_last_items_and_are_gone_after_clearing()
    {
        int[] history = [5, 2, 9, 2];
        var sums = new LinkSums(12);

        s_prior.Gather(history, sums);

        for (int row = 1; row <= 12; row++)
        {
            double expected = 0;
            for (int back = 0; back < history.Length; back++)
            {
                int at = s_prior.Links.Targets(history[^(back + 1)]).IndexOf(row);
                expected += at < 0 ? 0 : s_prior.Links.Weights(history[^(back + 1)])[at] * Math.Pow(0.7, back);
            }

            Assert.Equal(expected, sums[row], 12);
            Assert.Equal(expected > 0, sums.Reached.Contains(row));
        }

        Assert.Equal(sums.Reached.ToArray().Distinct(), sums.Reached.ToArray());
        sums.Clear();
        Assert.Empty(sums.Reached.ToArray());
        Assert.All(Enumerable.Range(1, 12), row => Assert.Equal(0, sums[row]));
    }

    [Fact]
    public void Boosts_are_the_logarithms_of_the_formula_and_independent_of_each_other()
    {
        double[] sums = [0, 1e-9, 1e-4, 0.003, 0.02, 0.5, 1, 7, 20, 1e3, 0.004];
        var boosts = new float[sums.Length];

        s_prior.FindBoosts(sums, boosts);

        for (int i = 0; i < sums.Length; i++)
        {
            Assert.Equal((float)(0.8 * Math.Log(1 + (500 * sums[i]))), boosts[i], boosts[i] * 2e-7f);
            var alone = new float[1];
            s_prior.FindBoosts(sums.AsSpan(i, 1), alone);
            Assert.Equal(boosts[i], alone[0]);
        }
    }

    [Theory]
    [InlineData(0.8, 500)]
    [InlineData(0.2, 1000)]
    [InlineData(2.8, 100)]
    [InlineData(1e6, 1e-6)]
    public void No_boost_below_the_least_sum_raises_a_score_to_the_threshold(double weight, double gain)
    {
        var prior = new CooccurrencePrior(s_prior.Links, s_prior.Shape, gain, weight);
        var random = new Random(3);
        int tight = 0;
        for (int trial = 0; trial < 20_000; trial++)
        {
            (float score, double sum) = ((float)((random.NextDouble() * 40) - 20), Math.Pow(random.NextDouble(), 4) * 3);
            float threshold = score + prior.Boost(sum);

            Assert.True(sum >= prior.LeastSum(score, threshold), $"{sum} lifts {score} to {threshold}");
            tight += sum < prior.LeastSum(score, threshold + 0.01f) ? 1 : 0;
        }

        Assert.InRange(tight, 19_000, 20_000);
        Assert.Equal(0, prior.LeastSum(2, 1));
        Assert.Equal(0, prior.LeastSum(float.NegativeInfinity, float.NegativeInfinity));
        Assert.Equal(double.PositiveInfinity, prior.LeastSum(float.NegativeInfinity, 1));
        Assert.Equal(0, prior.Boost(0));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(8)]
    [InlineData(37)]
    public void Large_sums_are_found_in_their_order_except_those_taken(int count)
    {
        var random = new Random(count);
        var links = new ItemLinksBuilder();
        for (int row = 1; row <= count; row++)
        {
            links.Add(row, (float)(Half)(0.01 + random.NextDouble()));
            links.EndRow();
        }

        var sums = new LinkSums(count);
        int[] history = [.. Enumerable.Range(1, count)];
        sums.Add(links.Build(), history, [.. history.Select(_ => 1.0)]);
        double last = sums[history[^1]], taken = sums.Take(history[^1]);
        int[] expected = [.. Enumerable.Range(0, count).Where(i => sums[sums.Reached[i]] >= 0.5)];

        var found = new List<int>();
        for (int i = sums.FindAtLeast(0.5, 0); i >= 0; i = sums.FindAtLeast(0.5, i + 1))
        {
            found.Add(i);
        }

        Assert.Equal(expected, found);
        Assert.Equal(last, taken);
        Assert.DoesNotContain(sums.Reached.IndexOf(history[^1]), found);
        sums.Clear();
        Assert.Equal((0, 0, 0), (sums[history[^1]], sums.Take(1), sums[1]));
    }
}
