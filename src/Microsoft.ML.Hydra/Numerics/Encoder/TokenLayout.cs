namespace Microsoft.ML.Hydra.Numerics;

/// <summary>
/// How the tokens of a batch lie in memory: sequence after sequence, without padding. Token r of every operand is row r. Work is
/// cut into tiles of rows and into sequences; sums over tokens are made in <see cref="Slots"/> that do not depend on the number
/// of threads.
/// </summary>
internal sealed class TokenLayout
{
    /// <summary>Rows of a tile: what a layer makes of them stays in the second cache of a core.</summary>
    public const int RowsPerTile = 96;

    private const int LeastTokensPerSlot = 768;
    private const int MostSlots = 32;

    private readonly int[] _offsets;
    private readonly int[] _firstSequences;   // of each slot, and the end

    /// <param name="lengths">Tokens of each sequence, at least 1.</param>
    public TokenLayout(ReadOnlySpan<int> lengths)
    {
        _offsets = new int[lengths.Length + 1];
        for (int i = 0; i < lengths.Length; i++)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(lengths[i], 1, nameof(lengths));
            _offsets[i + 1] = checked(_offsets[i] + lengths[i]);
            LongestSequence = Math.Max(LongestSequence, lengths[i]);
        }

        Slots = Math.Clamp(Tokens / LeastTokensPerSlot, 1, MostSlots);
        _firstSequences = new int[Slots + 1];
        for (int slot = 0, sequence = 0; slot <= Slots; slot++)
        {
            while (sequence < Sequences && _offsets[sequence] < (long)slot * Tokens / Slots)
            {
                sequence++;
            }

            _firstSequences[slot] = slot == Slots ? Sequences : sequence;
        }
    }

    /// <summary>Number B of sequences.</summary>
    public int Sequences => _offsets.Length - 1;

    /// <summary>Number T of tokens.</summary>
    public int Tokens => _offsets[^1];

    /// <summary>Tokens of the longest sequence.</summary>
    public int LongestSequence { get; }

    /// <summary>Tiles of rows.</summary>
    public int Tiles => (Tokens + RowsPerTile - 1) / RowsPerTile;

    /// <summary>Parts of the batch that sums are made of, each by one thread.</summary>
    public int Slots { get; }

    /// <summary>First row of a sequence; of the one after the last, T.</summary>
    public int Offset(int sequence) => _offsets[sequence];

    /// <summary>First tile of a slot; of the one after the last, the number of tiles.</summary>
    public int FirstTile(int slot) => (int)((long)slot * Tiles / Slots);

    /// <summary>First sequence of a slot; of the one after the last, B.</summary>
    public int FirstSequence(int slot) => _firstSequences[slot];
}

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
