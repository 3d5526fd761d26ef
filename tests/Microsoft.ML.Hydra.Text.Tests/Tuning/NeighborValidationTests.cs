using TorchSharp;
using Xunit;

namespace Microsoft.ML.Hydra.Text.Tuning;

public sealed class NeighborValidationTests
{
    [Fact]
    public void An_event_counts_by_its_rank_among_the_items_that_are_not_in_the_history()
    {
        HydraTorch.EnsureLoaded();
        using DisposeScope scope = torch.NewDisposeScope();
        var random = new Random(4);
        int[] domains = [-1, .. Enumerable.Range(1, 60).Select(item => item <= 40 ? 0 : 1)];
        int[][] items = [[.. Enumerable.Range(1, 40).Where(item => item != 7)], [.. Enumerable.Range(41, 20)]];   // 7 has no text
        float[][][] vectors = [.. items.Select(of => of.Select(_ => Unit(random)).ToArray())];
        HeldOutEvent[] events = [.. Enumerable.Range(0, 600).Select(_ => Event(random))];
        var validation = new NeighborValidation(events, items, domains);

        (double hitRate, double ndcg) = validation.Measure(domain => torch.tensor(vectors[domain].SelectMany(v => v).ToArray(), [items[domain].Length, 8]));

        double[] hits = new double[2], gains = new double[2], counts = new double[2];
        foreach (HeldOutEvent held in events)
        {
            int domain = domains[held.Label], last = held.History.Span[^1];
            if (domains[last] != domain)
            {
                continue;
            }

            counts[domain]++;
            if (held.Label == 7 || last == 7)
            {
                continue;
            }

            double Score(int item) => vectors[domain][Array.IndexOf(items[domain], item)].Zip(vectors[domain][Array.IndexOf(items[domain], last)], (a, b) => a * b).Sum();
            int rank = 1 + items[domain].Count(item => item != held.Label && !held.History.ToArray().Contains(item) && Score(item) >= Score(held.Label));
            if (rank <= 10 && !held.History.ToArray().Contains(held.Label))
            {
                hits[domain]++;
                gains[domain] += 1 / Math.Log2(rank + 1);
            }
        }

        Assert.True(counts[0] > 10 && counts[1] > 5 && hits.Sum() > 10 && hits.Sum() < counts.Sum());
        Assert.Equal(((hits[0] / counts[0]) + (hits[1] / counts[1])) / 2, hitRate, 1e-12);
        Assert.Equal(((gains[0] / counts[0]) + (gains[1] / counts[1])) / 2, ndcg, 1e-12);
    }

    [Fact]
    public void Items_with_equal_vectors_count_against_the_event()
    {
        HydraTorch.EnsureLoaded();
        using DisposeScope scope = torch.NewDisposeScope();
        int[] items = [.. Enumerable.Range(1, 30)];
        var validation = new NeighborValidation([new HeldOutEvent(new[] { 1 }, 2)], [items], [-1, .. new int[30]]);

        Assert.Equal((0, 0), validation.Measure(_ => torch.ones([30, 4]) / 2));
    }

    private static HeldOutEvent Event(Random random)
    {
        int[] history = [.. Enumerable.Range(0, random.Next(1, 5)).Select(_ => random.Next(1, 61))];
        return new HeldOutEvent(history, random.Next(5) == 0 ? history[0] : random.Next(3) == 0 ? 7 : random.Next(1, 61));
    }

    private static float[] Unit(Random random)
    {
        double[] values = [.. Enumerable.Range(0, 8).Select(_ => (2 * random.NextDouble()) - 1)];
        return [.. values.Select(value => (float)(value / Math.Sqrt(values.Sum(x => x * x))))];
    }
}
