using Microsoft.ML.Hydra.Items;

namespace Microsoft.ML.Hydra.Text.Tuning;

/// <summary>
/// What the tuning wants of each item: the items that stood near it in training histories. A neighbour within the window counts 1 / distance, in both
/// directions, summed over all histories; an item is not its own neighbour. The row of an item weighs √ of its sum, so that a popular item does not
/// weigh as much as its events.
/// </summary>
internal sealed class ItemLinks
{
    private readonly int[] _offsets;
    private readonly int[] _neighbors;
    private readonly float[] _weights;

    private ItemLinks(int[] offsets, int[] neighbors, float[] weights, double[] sums) =>
        (_offsets, _neighbors, _weights, Sums) = (offsets, neighbors, weights, sums);

    /// <summary>Σ of the links of each item row, <c>[I + 1]</c>; 0 of an item without a neighbour.</summary>
    public double[] Sums { get; }

    /// <summary>Item rows near an item, ascending.</summary>
    public ReadOnlySpan<int> NeighborsOf(int item) => _neighbors.AsSpan(_offsets[item].._offsets[item + 1]);

    /// <summary>The share of each neighbour; they sum to 1.</summary>
    public ReadOnlySpan<float> SharesOf(int item) => _weights.AsSpan(_offsets[item].._offsets[item + 1]);

    /// <summary>The weight of the item's row in the loss.</summary>
    public double RowWeight(int item) => Math.Sqrt(Sums[item]);

    /// <summary>Counts the links of training histories.</summary>
    /// <param name="data">Training events are counted, held-out ones are not.</param>
    /// <param name="window">Events that are near, in each direction.</param>
    /// <param name="domains">The domain of each item row; links lead to items of the same domain only. Items of domain −1 have no links.</param>
    public static ItemLinks Count(TrainingData data, int window, ReadOnlySpan<int> domains)
    {
        int rows = data.Sequences.NumberOfItems + 1;
        int[] offsets = CountPairs(data, window, domains, rows);
        var keys = new int[offsets[^1]];
        var values = new double[offsets[^1]];
        Fill(data, window, domains, offsets, keys, values);
        return Merge(offsets, keys, values);
    }

    private static int[] CountPairs(TrainingData data, int window, ReadOnlySpan<int> domains, int rows)
    {
        var offsets = new int[rows + 1];
        for (int sequence = 0; sequence < data.Sequences.Count; sequence++)
        {
            ReadOnlySpan<int> history = data.History(sequence);
            for (int i = 0; i < history.Length; i++)
            {
                for (int j = i + 1; j <= Math.Min(i + window, history.Length - 1); j++)
                {
                    if (AreLinked(history[i], history[j], domains))
                    {
                        offsets[history[i] + 1]++;
                        offsets[history[j] + 1]++;
                    }
                }
            }
        }

        for (int row = 0; row < rows; row++)
        {
            offsets[row + 1] = checked(offsets[row + 1] + offsets[row]);
        }

        return offsets;
    }

    private static void Fill(TrainingData data, int window, ReadOnlySpan<int> domains, int[] offsets, int[] keys, double[] values)
    {
        int[] ends = offsets[..^1];
        for (int sequence = 0; sequence < data.Sequences.Count; sequence++)
        {
            ReadOnlySpan<int> history = data.History(sequence);
            for (int i = 0; i < history.Length; i++)
            {
                for (int j = i + 1; j <= Math.Min(i + window, history.Length - 1); j++)
                {
                    (int a, int b) = (history[i], history[j]);
                    if (AreLinked(a, b, domains))
                    {
                        (keys[ends[a]], values[ends[a]++]) = (b, 1.0 / (j - i));
                        (keys[ends[b]], values[ends[b]++]) = (a, 1.0 / (j - i));
                    }
                }
            }
        }
    }

    private static bool AreLinked(int a, int b, ReadOnlySpan<int> domains) => a != b && domains[a] >= 0 && domains[a] == domains[b];

    // The pairs of each row become one link for each neighbour.
    private static ItemLinks Merge(int[] offsets, int[] keys, double[] values)
    {
        int rows = offsets.Length - 1;
        var merged = new int[rows + 1];
        var sums = new double[rows];
        var shares = new float[values.Length];
        int next = 0;
        for (int row = 0; row < rows; row++)
        {
            int first = offsets[row], end = offsets[row + 1], begin = next;
            keys.AsSpan(first..end).Sort(values.AsSpan(first..end));
            for (int i = first; i < end;)
            {
                int key = keys[i];
                double weight = 0;
                for (; i < end && keys[i] == key; i++)
                {
                    weight += values[i];
                }

                sums[row] += weight;
                (keys[next], values[next++]) = (key, weight);
            }

            for (int i = begin; i < next; i++)
            {
                shares[i] = (float)(values[i] / sums[row]);
            }

            merged[row + 1] = next;
        }

        return new ItemLinks(merged, keys[..next], shares[..next], sums);
    }
}
