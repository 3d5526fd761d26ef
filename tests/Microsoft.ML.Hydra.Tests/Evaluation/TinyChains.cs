using Microsoft.ML.Hydra.Items;

namespace Microsoft.ML.Hydra.Tests.Evaluation;

/// <summary>Small data sets of item rows.</summary>
internal static class TinyChains
{
    /// <summary>1 2 3 · 1 2 · 2 3 1: row 1 occurs 3 times, row 2 3 times, row 3 twice, row 4 never.</summary>
    public static SequenceDataset Three { get; } = Of(4, [1, 2, 3], [1, 2], [2, 3, 1]);

    public static SequenceDataset Of(int numberOfItems, params int[][] sequences)
    {
        var offsets = new int[sequences.Length + 1];
        for (int i = 0; i < sequences.Length; i++)
        {
            offsets[i + 1] = offsets[i] + sequences[i].Length;
        }

        return new SequenceDataset([.. sequences.SelectMany(s => s)], offsets, numberOfItems);
    }

    /// <summary>Sequences of 1 to 29 items with repeats, low rows more often than high ones.</summary>
    public static SequenceDataset Random(int seed, int numberOfItems, int count)
    {
        var random = new Random(seed);
        return Of(numberOfItems, [.. Enumerable.Range(0, count).Select(
            _ => Enumerable.Range(0, random.Next(1, 30)).Select(_ => 1 + (int)(numberOfItems * Math.Pow(random.NextDouble(), 2))).ToArray())]);
    }
}
