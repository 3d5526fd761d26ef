using Microsoft.ML.Hydra.Items;
using Microsoft.ML.Hydra.Scoring;

namespace Microsoft.ML.Hydra.Evaluation;

/// <summary>
/// How often each item occurs, and the order that follows: most frequent first, then row ascending. As a
/// <see cref="BatchScorer"/> it recommends that order to everybody.
/// </summary>
internal sealed class Popularity
{
    private readonly int[] _counts;
    private readonly int[] _places;

    private Popularity(int[] counts)
    {
        _counts = counts;
        _places = new int[counts.Length];
        int place = 0;
        foreach (int row in Enumerable.Range(1, counts.Length - 1).OrderByDescending(row => counts[row]))
        {
            _places[row] = place++;
        }
    }

    /// <summary>Events of each row; <c>[NumberOfItems + 1]</c>, index 0 is 0.</summary>
    public ReadOnlySpan<int> Counts => _counts;

    /// <summary>The place of each row in the order, from 0; <c>[NumberOfItems + 1]</c>, index 0 has no meaning.</summary>
    public ReadOnlySpan<int> Places => _places;

    /// <summary>Counts the items of all sequences.</summary>
    public static Popularity Count(SequenceDataset train) => new(train.CountItems());

    /// <summary>Scores each row with minus its place, <c>0 … 1 − NumberOfItems</c>: exact in a Single up to 2²⁴ items.</summary>
    /// <param name="scores"><c>[NumberOfItems + 1]</c>.</param>
    public void Fill(Span<float> scores)
    {
        for (int row = 1; row < _places.Length; row++)
        {
            scores[row] = -_places[row];
        }
    }

    /// <summary>Sorts rows by score ascending and, where scores are equal, the least popular first.</summary>
    /// <param name="scores">The scores, which are sorted too.</param>
    /// <param name="rows">The rows that have them.</param>
    public void SortWorstFirst(Span<double> scores, Span<int> rows)
    {
        Comparison<int> lessPopularFirst = (a, b) => _places[b].CompareTo(_places[a]);
        scores.Sort(rows);
        for (int start = 0; start < scores.Length;)
        {
            int end = start + 1;
            while (end < scores.Length && scores[end] == scores[start])
            {
                end++;
            }

            if (end - start > 1)
            {
                rows[start..end].Sort(lessPopularFirst);
            }

            start = end;
        }
    }

    /// <inheritdoc cref="BatchScorer"/>
    public void Score(ReadOnlySpan<int> items, ReadOnlySpan<float> times, ReadOnlySpan<int> offsets, Span<float> scores)
    {
        for (int history = 0; history < offsets.Length - 1; history++)
        {
            Fill(scores.Slice(history * _places.Length, _places.Length));
        }
    }
}
