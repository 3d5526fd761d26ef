using Microsoft.ML.Hydra.Items;
using Microsoft.ML.Hydra.Prior;
using Microsoft.ML.Hydra.Tests.Items;
using Microsoft.ML.Hydra.Tests.Training;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Prior;

public sealed class CooccurrencesTests
{
    [Theory]
    [InlineData(0, 0)]
    [InlineData(0, 0.3)]
    [InlineData(0, 1)]
    [InlineData(1, 0.3)]
    [InlineData(1, 1)]
    public void Links_are_those_of_the_formula(int reach, double backward)
    {
        SequenceDataset sequences = SampleSequences.Walks();

        ItemLinks links = new Cooccurrences(sequences).Count((CooccurrenceReach)reach, backward, () => { });

        double[,] expected = Reference(sequences, near: reach == 0, backward);
        for (int from = 1; from <= 12; from++)
        {
            var found = new double[13];
            for (int i = 0; i < links.Targets(from).Length; i++)
            {
                found[links.Targets(from)[i]] = links.Weights(from)[i];
            }

            for (int to = 1; to <= 12; to++)
            {
                Assert.Equal(expected[from, to], found[to], expected[from, to] / 1000);   // half precision
            }
        }
    }

    [Fact]
    public void An_item_keeps_its_strongest_links_in_the_order_of_their_rows()
    {
        // 1 is followed by each of 2 to 101, by the even ones twice.
        int[][] pairs = [.. Enumerable.Range(2, 100).SelectMany(item => Enumerable.Repeat<int[]>([1, item], item % 2 == 0 ? 2 : 1))];

        ItemLinks links = new Cooccurrences(SampleSequences.Of(101, pairs)).Count(CooccurrenceReach.Near, 0, () => { });

        int[] kept = links.Targets(1).ToArray();
        Assert.Equal(Cooccurrences.MaximumLinks, kept.Length);
        Assert.Equal(kept.Order(), kept);
        Assert.Equal(50, kept.Count(item => item % 2 == 0));
        Assert.Equal(Enumerable.Range(0, 14).Select(i => 3 + (2 * i)), kept.Where(item => item % 2 == 1));
    }

    [Fact]
    public void Counting_stops_when_cancelled() => Assert.Throws<OperationCanceledException>(
        () => new Cooccurrences(SampleSequences.Walks()).Count(CooccurrenceReach.Near, 0, () => throw new OperationCanceledException()));

    private static double[,] Reference(SequenceDataset sequences, bool near, double backward)
    {
        var counts = new double[13, 13];
        for (int s = 0; s < sequences.Count; s++)
        {
            for (int i = 0; i < sequences[s].Length; i++)
            {
                for (int j = i + 1; j < sequences[s].Length && j - i <= (near ? 10 : 20); j++)
                {
                    counts[sequences[s][i], sequences[s][j]] += near ? 1.0 / (j - i) : 1;
                    counts[sequences[s][j], sequences[s][i]] += near ? backward / (j - i) : backward;
                }
            }
        }

        int[] events = sequences.CountItems();
        var links = new double[13, 13];
        for (int from = 1; from <= 12; from++)
        {
            double sum = Enumerable.Range(1, 12).Sum(to => counts[from, to]);
            for (int to = 1; to <= 12; to++)
            {
                links[from, to] = counts[from, to] / (Math.Pow(20 + sum, 0.75) * Math.Pow(20 + events[to], 0.25));
            }
        }

        return links;
    }
}
