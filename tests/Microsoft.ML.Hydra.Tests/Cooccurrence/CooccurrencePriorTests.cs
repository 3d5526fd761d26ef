using Microsoft.ML.Hydra.Cooccurrence;
using Microsoft.ML.Hydra.Tests.Training;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Cooccurrence;

public sealed class CooccurrencePriorTests
{
    private static readonly CooccurrencePrior s_prior =
        new(new Cooccurrences(Sequences.Walks()).Count(0.3), new CooccurrenceShape(0.3, 0.7), gain: 500, weight: 0.8);

    [Fact]
    public void A_prior_survives_writing_and_reading_to_the_bit()
    {
        using var stream = new MemoryStream();
        CooccurrencePriorFormat.Write(s_prior, stream);
        stream.Position = 0;

        CooccurrencePrior read = CooccurrencePriorFormat.Read(stream, 12);

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
        CooccurrencePriorFormat.Write(s_prior, stream);
        byte[] whole = stream.ToArray();

        Assert.Throws<InvalidDataException>(() => CooccurrencePriorFormat.Read(new MemoryStream(whole), 5));
        Assert.Throws<EndOfStreamException>(() => CooccurrencePriorFormat.Read(new MemoryStream(whole[..^1]), 12));
        byte[] negative = [.. whole];
        BitConverter.TryWriteBytes(negative.AsSpan(8), -0.5);   // the decay
        Assert.Contains("Decay is -0.5", Assert.Throws<InvalidDataException>(() => CooccurrencePriorFormat.Read(new MemoryStream(negative), 12)).Message, StringComparison.Ordinal);
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

        sums.Clear();
        Assert.Empty(sums.Reached.ToArray());
        Assert.All(Enumerable.Range(1, 12), row => Assert.Equal(0, sums[row]));
    }

    [Fact]
    public void The_least_sum_for_a_boost_gives_that_boost() =>
        Assert.All([0.01, 1, 3.5], boost => Assert.Equal(boost, s_prior.Boost(s_prior.LeastSum(boost)), 5));
}
