using Microsoft.ML.Hydra.Items;

namespace Microsoft.ML.Hydra.Prior;

/// <summary>
/// How strongly each item calls for others. A pair of a sequence counts, by its distance (<see cref="CooccurrenceReach"/>), from the earlier item to
/// the later, and <c>backward</c> times that the other way; together <c>C(a, b)</c>. The link is
/// <c>C(a, b) / ((20 + Σ C(a, ·))^¾ · (20 + n(b))^¼)</c>, <c>n</c> the events of an item: between a conditional probability and a cosine,
/// pairs that met by chance behind those that met often. An item keeps its strongest links.
/// </summary>
/// <remarks>
/// Chosen by NDCG@10 on held-out events of public data sets, long histories and short ones (docs/quality.md): other windows and the number of
/// links moved it little; reach, exponents and the 20 matter more.
/// </remarks>
internal sealed class Cooccurrences
{
    /// <summary>Most links kept of an item: a bound of size and time.</summary>
    public const int MaximumLinks = 64;

    private const int RowsBetweenChecks = 256;
    private const double Shrinkage = 20;
    private const double RowExponent = 0.75;
    private const double PopularityExponent = 0.25;

    private readonly SequenceDataset _sequences;
    private readonly Occurrences _occurrences;
    private readonly double[] _popularity;    // (20 + n(b))^¼
    private readonly double[] _counts;
    private readonly List<int> _reached = [];

    /// <param name="sequences">The sequences to count in.</param>
    public Cooccurrences(SequenceDataset sequences)
    {
        _sequences = sequences;
        int[] events = sequences.CountItems();
        _occurrences = new Occurrences(sequences, events);
        _popularity = Array.ConvertAll(events, count => Math.Pow(Shrinkage + count, PopularityExponent));
        _counts = new double[events.Length];
    }

    /// <summary>What a pair counts at each distance from 1 on.</summary>
    public static double[] ByDistance(CooccurrenceReach reach) => reach == CooccurrenceReach.Near
        ? [.. Enumerable.Range(1, 10).Select(distance => 1.0 / distance)]
        : [.. Enumerable.Repeat(1.0, 20)];

    /// <summary>Counts pairs.</summary>
    /// <param name="reach">Which pairs count.</param>
    /// <param name="backward">What a pair counts against its order; 0 to 1.</param>
    /// <param name="throwIfCancelled">Asked often.</param>
    /// <returns>Links with weights of half precision, as they are stored; of equal ones the lower row comes first.</returns>
    public ItemLinks Count(CooccurrenceReach reach, double backward, Action throwIfCancelled)
    {
        var links = new ItemLinksBuilder();
        double[] byDistance = ByDistance(reach);
        for (int row = 1; row <= _sequences.NumberOfItems; row++)
        {
            if (row % RowsBetweenChecks == 1)
            {
                throwIfCancelled();
            }

            double scale = 1 / Math.Pow(Shrinkage + CountFrom(row, byDistance, backward), RowExponent);
            foreach ((int target, float weight) in Strongest(scale))
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
    private double CountFrom(int row, ReadOnlySpan<double> byDistance, double backward)
    {
        double sum = 0;
        foreach (Occurrence occurrence in _occurrences.Of(row))
        {
            ReadOnlySpan<int> items = _sequences[occurrence.Sequence];
            for (int distance = 1; distance <= byDistance.Length; distance++)
            {
                double weight = byDistance[distance - 1];
                if (occurrence.Index + distance < items.Length)
                {
                    sum += Count(items[occurrence.Index + distance], weight);
                }

                if (backward > 0 && occurrence.Index >= distance)
                {
                    sum += Count(items[occurrence.Index - distance], backward * weight);
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
