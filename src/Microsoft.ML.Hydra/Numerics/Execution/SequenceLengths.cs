namespace Microsoft.ML.Hydra.Numerics;

/// <summary>Lengths of the sequences of a batch, right-padded to a common length.</summary>
internal static class SequenceLengths
{
    /// <summary>Throws unless the lengths are none at all or one in [0, L] for each sequence.</summary>
    public static void Check(ReadOnlySpan<int> lengths, int batch, int length)
    {
        if (lengths.IsEmpty)
        {
            return;
        }

        if (lengths.Length != batch)
        {
            throw new ArgumentException($"{lengths.Length} lengths were given for {batch} sequences; give one for each, or none.", nameof(lengths));
        }

        foreach (int l in lengths)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(l, nameof(lengths));
            ArgumentOutOfRangeException.ThrowIfGreaterThan(l, length, nameof(lengths));
        }
    }
}
