using Microsoft.ML.Hydra.Data;
using Microsoft.ML.Hydra.Scoring;

namespace Microsoft.ML.Hydra.Evaluation;

/// <summary>
/// A Markov chain over the last items, the one <c>k</c> steps back weighted by <c>1/k</c>. With one step it ranks the direct
/// successors of the last item by their counts. Immutable and safe for many threads.
/// </summary>
internal sealed class MarkovChain
{
    private readonly Popularity _popularity;
    private readonly Transitions _transitions;
    private readonly int _steps;

    /// <param name="train">The sequences to count on.</param>
    /// <param name="popularity">Popularity in the same sequences; it orders items whose scores are equal.</param>
    /// <param name="steps">How far back the chain looks, in the counts and in the history.</param>
    public MarkovChain(SequenceDataset train, Popularity popularity, int steps)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(steps, 1);
        _popularity = popularity;
        _transitions = Transitions.Count(train, steps);
        _steps = steps;
    }

    /// <inheritdoc cref="BatchScorer"/>
    /// <remarks>
    /// The scores are ordinal: places from the worst, 1, up, so that the popularity tie-break survives the rounding to Single.
    /// Items that never followed are at 0 and below, by popularity.
    /// </remarks>
    public void Score(ReadOnlySpan<int> items, ReadOnlySpan<int> offsets, Span<float> scores)
    {
        int width = _popularity.Places.Length;
        var sums = new double[width];
        var reached = new int[width];
        var keys = new double[width];
        for (int history = 0; history < offsets.Length - 1; history++)
        {
            int count = AddUp(items[offsets[history]..offsets[history + 1]], sums, reached);
            for (int i = 0; i < count; i++)
            {
                keys[i] = sums[reached[i]];
                sums[reached[i]] = 0;
                reached[i] = _popularity.Places[reached[i]];
            }

            SortWorstFirst(keys.AsSpan(0, count), reached.AsSpan(0, count));
            Span<float> row = scores.Slice(history * width, width);
            _popularity.Fill(row);
            for (int i = 0; i < count; i++)
            {
                row[_popularity.Rows[reached[i]]] = i + 1;
            }
        }
    }

    /// <summary>Adds the weighted transitions from the last items into <paramref name="sums"/>; gives how many rows were reached.</summary>
    private int AddUp(ReadOnlySpan<int> history, double[] sums, int[] reached)
    {
        int count = 0;
        for (int back = 1; back <= Math.Min(_steps, history.Length); back++)
        {
            ReadOnlySpan<int> successors = _transitions.Successors(history[^back]);
            ReadOnlySpan<float> weights = _transitions.Weights(history[^back]);
            for (int i = 0; i < successors.Length; i++)
            {
                int row = successors[i];
                if (sums[row] == 0)
                {
                    reached[count++] = row;
                }

                sums[row] += weights[i] / (double)back;
            }
        }

        return count;
    }

    /// <summary>Sorts by score ascending and, where scores are equal, by place in the popularity order descending.</summary>
    private static void SortWorstFirst(Span<double> keys, Span<int> places)
    {
        keys.Sort(places);
        for (int start = 0; start < keys.Length;)
        {
            int end = start + 1;
            while (end < keys.Length && keys[end] == keys[start])
            {
                end++;
            }

            if (end - start > 1)
            {
                places[start..end].Sort(static (a, b) => b.CompareTo(a));
            }

            start = end;
        }
    }
}
