namespace Microsoft.ML.Hydra.Numerics;

/// <summary>The tokens of several sequences, one after another, without padding.</summary>
internal sealed class TokenBatch
{
    /// <param name="items">Item rows, <c>[T]</c>.</param>
    /// <param name="positions">Index of each event in its user's whole history, <c>[T]</c>.</param>
    /// <param name="lengths">Tokens of each sequence, at least 1.</param>
    /// <param name="times">Features of each event's time, <c>[T, K]</c>; null where none is known, which reads as zeros.</param>
    public TokenBatch(int[] items, int[] positions, ReadOnlySpan<int> lengths, float[]? times = null)
    {
        Layout = new TokenLayout(lengths);
        if (items.Length != Layout.Tokens || positions.Length != Layout.Tokens)
        {
            throw new ArgumentException(
                $"The lengths add up to {Layout.Tokens} tokens, but there are {items.Length} items and {positions.Length} positions; give one of each for every token.",
                nameof(items));
        }

        (Items, Positions, Times) = (items, positions, times);
    }

    /// <summary>Item rows, <c>[T]</c>.</summary>
    public int[] Items { get; }

    /// <summary>Index of each event in its user's whole history, <c>[T]</c>.</summary>
    public int[] Positions { get; }

    /// <summary>Features of each event's time, <c>[T, K]</c>, or null.</summary>
    public float[]? Times { get; }

    /// <summary>Where the sequences lie.</summary>
    public TokenLayout Layout { get; }
}
