using Microsoft.ML.Hydra.Items;

namespace Microsoft.ML.Hydra.Prior;

/// <summary>
/// How strongly each item is linked to others. A pair of a sequence counts, by its distance (<see cref="CooccurrenceReach"/>), from the earlier item to
/// the later one, and <c>backward</c> times that in the other direction; the sum is <c>C(a, b)</c>. The link is
/// <c>C(a, b) / ((20 + Σ C(a, ·))^¾ · (20 + n(b))^¼)</c>, <c>n</c> the events of an item: between a conditional probability and a cosine,
/// pairs that occurred together by chance rank behind those that often did. An item keeps its strongest links.
/// </summary>
/// <remarks>
/// Chosen by NDCG@10 on held-out events of public data sets, with long and with short histories (docs/quality.md): the window and the number of
/// links changed it little; the reach, the exponents and the 20 matter more.
/// </remarks>
internal sealed class Cooccurrences
{
    /// <summary>Most links kept for an item: bounds size and time.</summary>
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

    /// <summary>Counts pairs.</summary>
    /// <param name="reach">Which pairs count.</param>
    /// <param name="backward">Count of a pair in reverse order, as a share; 0 to 1.</param>
    /// <param name="throwIfCancelled">Called often.</param>
    /// <returns>Links with weights of half precision, as they are stored; among equal weights the lower row is kept first.</returns>
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

    // The count of a pair at distances 1, 2, …
    private static double[] ByDistance(CooccurrenceReach reach) => reach == CooccurrenceReach.Near
        ? [.. Enumerable.Range(1, 10).Select(distance => 1.0 / distance)]
        : [.. Enumerable.Repeat(1.0, 20)];

    private (int Row, float Weight)[] Strongest(double scale) =>
    [
        .. _reached
            .Select(row => (Row: row, Weight: (float)(Half)(_counts[row] * scale / _popularity[row])))
            .Where(link => link.Weight > 0)
            .OrderByDescending(link => link.Weight).ThenBy(link => link.Row)
            .Take(MaximumLinks)
            .OrderBy(link => link.Row),
    ];

    // Leaves C(row, ·) in _counts and returns its sum
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

/// <summary>One event of an item.</summary>
/// <param name="Sequence">The sequence it is in.</param>
/// <param name="Index">Its place there, from 0, the oldest.</param>
internal readonly record struct Occurrence(int Sequence, int Index);

/// <summary>Where each item occurs: a data set read by item.</summary>
internal sealed class Occurrences
{
    // Those of row r are _events[_ends[r - 1] .. _ends[r]).
    private readonly Occurrence[] _events;
    private readonly int[] _ends;

    /// <param name="train">The sequences.</param>
    /// <param name="counts">Events of each row in them; <c>[NumberOfItems + 1]</c>, index 0 is 0.</param>
    public Occurrences(SequenceDataset train, ReadOnlySpan<int> counts)
    {
        _events = new Occurrence[train.NumberOfEvents];
        _ends = counts.ToArray();
        for (int row = 1; row < _ends.Length; row++)
        {
            _ends[row] += _ends[row - 1];
        }

        int[] next = [0, .. _ends];
        for (int sequence = 0; sequence < train.Count; sequence++)
        {
            ReadOnlySpan<int> items = train[sequence];
            for (int index = 0; index < items.Length; index++)
            {
                _events[next[items[index]]++] = new Occurrence(sequence, index);
            }
        }
    }

    /// <summary>Events of a row, by sequence, then by index.</summary>
    public ReadOnlySpan<Occurrence> Of(int row) => _events.AsSpan(_ends[row - 1].._ends[row]);

    /// <summary>In how many sequences each row occurs; <c>[NumberOfItems + 1]</c>, index 0 is 0.</summary>
    public int[] CountSequences()
    {
        var sequences = new int[_ends.Length];
        for (int row = 1; row < sequences.Length; row++)
        {
            int last = -1;
            foreach (Occurrence occurrence in Of(row))
            {
                sequences[row] += occurrence.Sequence != last ? 1 : 0;
                last = occurrence.Sequence;
            }
        }

        return sequences;
    }
}
