using Microsoft.ML.Hydra.Items;

namespace Microsoft.ML.Hydra.Tests.Items;

/// <summary>Small data sets.</summary>
internal static class SampleSequences
{
    public static SequenceDataset Of(int numberOfItems, params int[][] sequences)
    {
        var offsets = new int[sequences.Length + 1];
        for (int s = 0; s < sequences.Length; s++)
        {
            offsets[s + 1] = offsets[s] + sequences[s].Length;
        }

        return new SequenceDataset([.. sequences.SelectMany(s => s)], offsets, numberOfItems);
    }

    /// <summary>24 walks of 2 to 20 events over 12 items that mostly go up by one.</summary>
    public static SequenceDataset Walks(int seed = 1)
    {
        var random = new Random(seed);
        return Of(12, [.. Enumerable.Range(0, 24).Select(_ =>
        {
            var walk = new int[random.Next(2, 21)];
            int at = random.Next(12);
            for (int t = 0; t < walk.Length; t++)
            {
                at = (at + (random.Next(4) == 0 ? random.Next(12) : 1)) % 12;
                walk[t] = at + 1;
            }

            return walk;
        })]);
    }
}
