using Microsoft.ML.Hydra.Items;
using Microsoft.ML.Hydra.Prior;

namespace Microsoft.ML.Hydra.Evaluation;

/// <summary>
/// Nearest neighbours of the last items, with more weight on recent items. The settings are one compromise for all data, chosen by the
/// mean NDCG@10 over nine public data sets with short and with long histories, each relative to its own best, on the second last item of
/// sequences, counted on the items before it.
/// </summary>
/// <param name="train">The sequences to count on.</param>
/// <param name="popularity">Popularity in the same sequences.</param>
internal sealed class ItemKnn(SequenceDataset train, Popularity popularity)
    : LinkScorer(
        Neighbors.Count(train, popularity, Window, Shrinkage, MaximumNeighbors),
        popularity,
        Enumerable.Range(0, Depth).Select(age => Math.Pow(Decay, age)))
{
    /// <summary>Most events between two items that occur together: items further apart have less in common, and the time stays linear in the length.</summary>
    public const int Window = 15;

    /// <summary>Keeps pairs that occurred together once or twice, by chance, behind those that often did.</summary>
    public const double Shrinkage = 50;

    /// <summary>Bounds the memory for an item to 8 bytes times this; more neighbours gained almost nothing.</summary>
    public const int MaximumNeighbors = 500;

    /// <summary>Weight of an item relative to the one after it.</summary>
    public const double Decay = 0.75;

    /// <summary>Items of a history that are read; those further back weigh 0.75²⁰, 0.3 %, or less.</summary>
    public const int Depth = 20;
}

/// <summary>
/// The most similar items of each item by co-occurrence. With <c>N(a, b)</c> the sequences in which <c>a</c> and <c>b</c> occur at
/// most <c>window</c> events apart, each counted once (<c>N(a, a)</c>: <c>a</c> occurs again), and <c>N(a)</c> the sequences with <c>a</c>,
/// the similarity is the cosine, shrunk: <c>N(a, b) / (√(N(a) · N(b)) + shrinkage)</c>.
/// </summary>
internal sealed class Neighbors
{
    private readonly SequenceDataset _train;
    private readonly Occurrences _occurrences;
    private readonly int _window;
    private readonly int[] _together;
    private readonly int[] _reached;

    // The last visit that counted each row. A visit is an item in a sequence, in which a row counts once.
    private readonly int[] _lastVisit;
    private int _visit;

    private Neighbors(SequenceDataset train, Occurrences occurrences, int window)
    {
        _train = train;
        _occurrences = occurrences;
        _window = window;
        _together = new int[train.NumberOfItems + 1];
        _reached = new int[train.NumberOfItems];
        _lastVisit = new int[train.NumberOfItems + 1];
    }

    /// <summary>Finds the neighbours in all sequences.</summary>
    /// <param name="train">The sequences.</param>
    /// <param name="popularity">Popularity in the same sequences; it orders items that are equally similar.</param>
    /// <param name="window">Largest distance of a pair, in events.</param>
    /// <param name="shrinkage">Added to the denominator of the cosine, in sequences; 0 gives the plain cosine.</param>
    /// <param name="maximum">Most neighbours kept for an item.</param>
    /// <returns>Links from each item to its neighbours, most similar first.</returns>
    public static ItemLinks Count(SequenceDataset train, Popularity popularity, int window, double shrinkage, int maximum)
    {
        var occurrences = new Occurrences(train, popularity.Counts);
        int[] sequences = occurrences.CountSequences();
        var neighbors = new Neighbors(train, occurrences, window);
        var links = new ItemLinksBuilder();
        var similarities = new double[train.NumberOfItems];
        for (int row = 1; row <= train.NumberOfItems; row++)
        {
            Span<int> reached = neighbors.CountTogether(row);
            for (int i = 0; i < reached.Length; i++)
            {
                int other = reached[i];
                similarities[i] = neighbors._together[other] / (Math.Sqrt((double)sequences[row] * sequences[other]) + shrinkage);
                neighbors._together[other] = 0;
            }

            popularity.SortWorstFirst(similarities.AsSpan(0, reached.Length), reached);
            for (int i = reached.Length - 1; i >= Math.Max(reached.Length - maximum, 0); i--)
            {
                links.Add(reached[i], similarities[i]);
            }

            links.EndRow();
        }

        return links.Build();
    }

    /// <summary>Leaves <c>N(row, ·)</c> in <see cref="_together"/> and returns the rows where it is not 0.</summary>
    private Span<int> CountTogether(int row)
    {
        int count = 0;
        int sequence = -1;
        foreach (Occurrence occurrence in _occurrences.Of(row))
        {
            _visit += occurrence.Sequence != sequence ? 1 : 0;
            sequence = occurrence.Sequence;
            ReadOnlySpan<int> items = _train[sequence];
            int end = Math.Min(occurrence.Index + _window + 1, items.Length);
            for (int index = Math.Max(occurrence.Index - _window, 0); index < end; index++)
            {
                int other = items[index];
                if (index == occurrence.Index || _lastVisit[other] == _visit)
                {
                    continue;
                }

                _lastVisit[other] = _visit;
                if (_together[other]++ == 0)
                {
                    _reached[count++] = other;
                }
            }
        }

        return _reached.AsSpan(0, count);
    }
}
