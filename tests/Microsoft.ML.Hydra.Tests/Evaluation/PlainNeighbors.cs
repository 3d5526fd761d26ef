using Microsoft.ML.Hydra.Items;

namespace Microsoft.ML.Hydra.Tests.Evaluation;

/// <summary>Shrunk cosines by definition: all pairs of events of all sequences.</summary>
internal static class PlainNeighbors
{
    /// <summary><c>[a, b]</c>: similarity of two rows; 0 where they never occur together.</summary>
    public static double[,] Similarities(SequenceDataset train, int window, double shrinkage)
    {
        int width = train.NumberOfItems + 1;
        var together = new HashSet<int>[width, width];
        var sequences = new HashSet<int>[width];
        for (int sequence = 0; sequence < train.Count; sequence++)
        {
            ReadOnlySpan<int> items = train[sequence];
            for (int i = 0; i < items.Length; i++)
            {
                (sequences[items[i]] ??= []).Add(sequence);
                for (int j = 0; j < items.Length; j++)
                {
                    if (i != j && Math.Abs(i - j) <= window)
                    {
                        (together[items[i], items[j]] ??= []).Add(sequence);
                    }
                }
            }
        }

        var similarities = new double[width, width];
        for (int a = 1; a < width; a++)
        {
            for (int b = 1; b < width; b++)
            {
                if (together[a, b] is { } both)
                {
                    similarities[a, b] = both.Count / (Math.Sqrt(sequences[a].Count * sequences[b].Count) + shrinkage);
                }
            }
        }

        return similarities;
    }
}
