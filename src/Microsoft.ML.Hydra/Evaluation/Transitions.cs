using System.Runtime.InteropServices;
using Microsoft.ML.Hydra.Data;

namespace Microsoft.ML.Hydra.Evaluation;

/// <summary>
/// How strongly each item is followed by others, as sparse rows. A pair <c>j</c> steps apart (<c>1 ≤ j ≤ steps</c>) in a
/// sequence counts <c>1/j</c>; a row of counts is then divided by the square root of its sum, halfway between counts, where
/// frequent items drown the rest, and probabilities, which trust one sighting of a rare item fully.
/// </summary>
internal sealed class Transitions
{
    // Successors of row a are _successors[_offsets[a] .. _offsets[a + 1]), their weights aligned.
    private readonly int[] _offsets;
    private readonly int[] _successors;
    private readonly float[] _weights;

    private Transitions(int[] offsets, int[] successors, float[] weights)
    {
        _offsets = offsets;
        _successors = successors;
        _weights = weights;
    }

    /// <summary>Rows that followed a row within the steps counted.</summary>
    public ReadOnlySpan<int> Successors(int row) => _successors.AsSpan(_offsets[row].._offsets[row + 1]);

    /// <summary>Weights above 0, aligned with <see cref="Successors"/>.</summary>
    public ReadOnlySpan<float> Weights(int row) => _weights.AsSpan(_offsets[row].._offsets[row + 1]);

    /// <summary>Counts the transitions of all sequences.</summary>
    /// <param name="train">The sequences.</param>
    /// <param name="steps">Largest distance of a pair; 1 counts direct successors only.</param>
    public static Transitions Count(SequenceDataset train, int steps)
    {
        (int[] events, int[] places, int[] ends) = Index(train);
        var offsets = new int[train.NumberOfItems + 2];
        var successors = new List<int>();
        var weights = new List<float>();
        var counts = new double[train.NumberOfItems + 1];
        for (int row = 1; row <= train.NumberOfItems; row++)
        {
            int first = successors.Count;
            double sum = 0;
            foreach (int place in places.AsSpan(ends[row - 1]..ends[row]))
            {
                for (int step = 1; step <= steps && events[place + step] != 0; step++)
                {
                    int successor = events[place + step];
                    if (counts[successor] == 0)
                    {
                        successors.Add(successor);
                    }

                    counts[successor] += 1.0 / step;
                    sum += 1.0 / step;
                }
            }

            foreach (int successor in CollectionsMarshal.AsSpan(successors)[first..])
            {
                weights.Add((float)(counts[successor] / Math.Sqrt(sum)));
                counts[successor] = 0;
            }

            offsets[row + 1] = successors.Count;
        }

        return new Transitions(offsets, [.. successors], [.. weights]);
    }

    /// <summary>Where each item occurs.</summary>
    /// <returns>
    /// <c>events</c>: all sequences with a 0 after each; <c>places</c>: indices into it by item; <c>ends</c>: those of row
    /// <c>r</c> are <c>places[ends[r - 1] .. ends[r])</c>.
    /// </returns>
    private static (int[] Events, int[] Places, int[] Ends) Index(SequenceDataset train)
    {
        var events = new int[train.NumberOfEvents + train.Count];
        var ends = new int[train.NumberOfItems + 1];
        int length = 0;
        for (int sequence = 0; sequence < train.Count; sequence++)
        {
            foreach (int row in train[sequence])
            {
                events[length++] = row;
                ends[row]++;
            }

            length++;
        }

        for (int row = 1; row < ends.Length; row++)
        {
            ends[row] += ends[row - 1];
        }

        int[] next = [0, .. ends];
        var places = new int[train.NumberOfEvents];
        for (int place = 0; place < events.Length; place++)
        {
            if (events[place] != 0)
            {
                places[next[events[place]]++] = place;
            }
        }

        return (events, places, ends);
    }
}
