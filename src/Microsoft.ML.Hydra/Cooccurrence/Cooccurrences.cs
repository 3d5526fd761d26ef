using Microsoft.ML.Hydra.Data;

namespace Microsoft.ML.Hydra.Cooccurrence;

/// <summary>
/// How strongly each item calls for others. A pair <c>j ≤ 10</c> steps apart in a sequence counts <c>1/j</c> from the earlier item to
/// the later and <c>Backward/j</c> the other way; together <c>C(a, b)</c>. The link is <c>C(a, b) / ((1 + Σ C(a, ·))^¾ · n(b)^¼)</c>,
/// <c>n</c> the events of an item: between a conditional probability and a cosine. An item keeps its strongest links.
/// </summary>
/// <remarks>
/// Chosen by NDCG@10 on held-out events of MovieLens 100K, MovieLens 1M and Amazon Beauty (docs/quality.md): 20 steps instead of 10, and all
/// links instead of 50 or 100, moved it by .003 at most; the exponents matter more.
/// </remarks>
internal sealed class Cooccurrences
{
    /// <summary>Largest distance of a pair, in events.</summary>
    public const int Window = 10;

    /// <summary>Most links kept of an item: a bound of size and time.</summary>
    public const int MaximumLinks = 64;

    private const double RowExponent = 0.75;
    private const double PopularityExponent = 0.25;

    private readonly SequenceDataset _sequences;
    private readonly Occurrences _occurrences;
    private readonly double[] _popularity;    // n(b)^¼
    private readonly double[] _counts;
    private readonly List<int> _reached = [];

    /// <param name="sequences">The sequences to count in.</param>
    public Cooccurrences(SequenceDataset sequences)
    {
        _sequences = sequences;
        int[] events = sequences.CountItems();
        _occurrences = new Occurrences(sequences, events);
        _popularity = Array.ConvertAll(events, count => Math.Pow(count, PopularityExponent));
        _counts = new double[events.Length];
    }

    /// <summary>Counts pairs.</summary>
    /// <param name="backward">What a pair counts against its order; 0 to 1.</param>
    /// <returns>Links with weights of half precision, as they are stored; of equal ones the lower row comes first.</returns>
    public ItemLinks Count(double backward)
    {
        var links = new ItemLinksBuilder();
        for (int row = 1; row <= _sequences.NumberOfItems; row++)
        {
            double total = 1 + CountFrom(row, backward);
            double scale = 1 / Math.Pow(total, RowExponent);
            (int Row, float Weight)[] strongest = Strongest(scale);
            foreach ((int target, float weight) in strongest)
            {
                links.Add(target, weight);
            }

            foreach (int reached in _reached)
            {
                _counts[reached] = 0;
            }

            _reached.Clear();
            links.EndRow();
        }

        return links.Build();
    }

    private (int Row, float Weight)[] Strongest(double scale) =>
    [
        .. _reached
            .Select(row => (Row: row, Weight: (float)(Half)(_counts[row] * scale / _popularity[row])))
            .Where(link => link.Weight > 0)
            .OrderByDescending(link => link.Weight).ThenBy(link => link.Row)
            .Take(MaximumLinks)
            .OrderBy(link => link.Row),
    ];

    // Leaves C(row, ·) in _counts; gives its sum
    private double CountFrom(int row, double backward)
    {
        double sum = 0;
        foreach (Occurrence occurrence in _occurrences.Of(row))
        {
            ReadOnlySpan<int> items = _sequences[occurrence.Sequence];
            for (int step = 1; step <= Window; step++)
            {
                if (occurrence.Index + step < items.Length)
                {
                    sum += Count(items[occurrence.Index + step], 1.0 / step);
                }

                if (backward > 0 && occurrence.Index >= step)
                {
                    sum += Count(items[occurrence.Index - step], backward / step);
                }
            }
        }

        return sum;
    }

    private double Count(int row, double weight)
    {
        if (_counts[row] == 0)
        {
            _reached.Add(row);
        }

        _counts[row] += weight;
        return weight;
    }
}
