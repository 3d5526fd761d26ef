using System.Numerics;
using Microsoft.ML.Hydra.Compute;
using Microsoft.ML.Hydra.Items;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Hydra.Text.Tuning;

/// <summary>An event to find: the items before it and the item that came.</summary>
/// <param name="History">Item rows, oldest first; at least one.</param>
/// <param name="Label">The item that came.</param>
internal readonly record struct HeldOutEvent(ReadOnlyMemory<int> History, int Label);

/// <summary>
/// How well the neighbours of the last item, by the cosine of the text vectors, find the event that came: NDCG@10 over all items of the domain that have
/// a text, without those of the history. No recommender is involved. An event counts 0 where the last item or the item that came has no text, and does not
/// count where they are of different domains.
/// </summary>
/// <param name="events">The events.</param>
/// <param name="domainItems">The item rows of each domain with a text, ascending.</param>
/// <param name="domains">The domain of each item row; −1 for an item without one.</param>
internal sealed class NeighborValidation(IReadOnlyList<HeldOutEvent> events, IReadOnlyList<int[]> domainItems, int[] domains)
{
    private const int LastItemsAtOnce = 256;
    private const int Considered = 10;

    /// <summary>Whether there is anything to find.</summary>
    public bool IsEmpty => events.Count == 0;

    /// <summary>The held-out events of training data.</summary>
    public static List<HeldOutEvent> EventsOf(TrainingData data) =>
        [.. data.ValidationSequences.Select(sequence => new HeldOutEvent(data.History(sequence).ToArray(), data.Label(sequence)))];

    /// <summary>Measures vectors.</summary>
    /// <param name="vectors">The vectors of a domain's items, [items of the domain, d], each of length 1.</param>
    /// <returns>The mean over the domains that have events, of the share of events among the first ten and of NDCG@10; NaN without events.</returns>
    public (double HitRate, double Ndcg) Measure(Func<int, Tensor> vectors)
    {
        var measured = Enumerable.Range(0, domainItems.Count).Select(domain => Measure(domain, vectors)).Where(result => result.Count > 0).ToArray();
        return measured.Length == 0
            ? (double.NaN, double.NaN)
            : (measured.Average(result => result.Hits / result.Count), measured.Average(result => result.Gain / result.Count));
    }

    /// <summary>NDCG@10 of each domain; NaN of one without events.</summary>
    public double[] MeasureEach(Func<int, Tensor> vectors) =>
        [.. Enumerable.Range(0, domainItems.Count).Select(domain => Measure(domain, vectors)).Select(result => result.Gain / result.Count)];

    private (int Count, double Hits, double Gain) Measure(int domain, Func<int, Tensor> vectors)
    {
        int[] items = domainItems[domain];
        HeldOutEvent[] all = [.. events.Where(held => domains[held.Label] == domain && domains[held.History.Span[^1]] == domain)];
        IGrouping<int, HeldOutEvent>[] byLast =
        [
            .. all.Where(held => PlaceOf(held.Label, items) >= 0 && PlaceOf(held.History.Span[^1], items) >= 0)
                  .GroupBy(held => held.History.Span[^1]).OrderBy(group => group.Key),
        ];
        if (byLast.Length == 0)
        {
            return (all.Length, 0, 0);
        }

        using IDisposable noGradient = no_grad();
        using DisposeScope scope = NewDisposeScope();
        Tensor table = vectors(domain);
        double hits = 0, gain = 0;
        foreach (IGrouping<int, HeldOutEvent>[] chunk in byLast.Chunk(LastItemsAtOnce))
        {
            using DisposeScope inner = NewDisposeScope();
            Tensor places = torch.tensor(Array.ConvertAll(chunk, group => (long)PlaceOf(group.Key, items)));
            Tensor cosines = table.index_select(0, places).mm(table.t()).to(ScalarType.Float32).contiguous();
            Span<float> scores = TensorMemory.Of(cosines);
            for (int i = 0; i < chunk.Length; i++)
            {
                foreach (HeldOutEvent held in chunk[i])
                {
                    int rank = Rank(scores.Slice(i * items.Length, items.Length), items, held);
                    if (rank <= Considered)
                    {
                        hits++;
                        gain += 1 / Math.Log2(rank + 1);
                    }
                }
            }
        }

        return (all.Length, hits, gain);
    }

    // From 1. Equal scores count against the event, and so does an item that came again: it is in the history.
    private static int Rank(ReadOnlySpan<float> scores, int[] items, HeldOutEvent held)
    {
        ReadOnlySpan<int> history = held.History.Span;
        if (history.Contains(held.Label))
        {
            return int.MaxValue;
        }

        float score = scores[PlaceOf(held.Label, items)];
        int rank = CountAtLeast(scores, score);   // counts the event itself
        var seen = new HashSet<int>();
        foreach (int item in history)
        {
            int place = PlaceOf(item, items);
            if (place >= 0 && scores[place] >= score && seen.Add(item))
            {
                rank--;
            }
        }

        return rank;
    }

    // Below 0 for an item without a text
    private static int PlaceOf(int item, int[] items) => Array.BinarySearch(items, item);

    private static int CountAtLeast(ReadOnlySpan<float> scores, float bound)
    {
        int count = 0, i = 0;
        var least = new Vector<float>(bound);
        var counts = Vector<int>.Zero;
        for (; i <= scores.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            counts -= Vector.GreaterThanOrEqual(new Vector<float>(scores[i..]), least);
        }

        count = Vector.Sum(counts);
        for (; i < scores.Length; i++)
        {
            count += scores[i] >= bound ? 1 : 0;
        }

        return count;
    }
}
