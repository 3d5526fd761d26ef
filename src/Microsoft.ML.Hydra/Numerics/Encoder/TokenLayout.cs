namespace Microsoft.ML.Hydra.Numerics;

/// <summary>
/// Where the tokens of a batch are in memory: sequence after sequence, without padding. Token r is row r of every matrix. Work is
/// cut into tiles of rows and into sequences. Sums over tokens are cut into <see cref="Slots"/>, whose number does not depend on
/// the number of threads.
/// </summary>
internal sealed class TokenLayout
{
    /// <summary>Rows of a tile: the results of a phase for them stay in the second-level cache of a core.</summary>
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

    /// <summary>Number of slots: parts of the batch with sums of their own, each added up by one thread.</summary>
    public int Slots { get; }

    /// <summary>First row of a sequence; T for the index after the last sequence.</summary>
    public int Offset(int sequence) => _offsets[sequence];

    /// <summary>First tile of a slot; the number of tiles for the index after the last slot.</summary>
    public int FirstTile(int slot) => (int)((long)slot * Tiles / Slots);

    /// <summary>First sequence of a slot; B for the index after the last slot.</summary>
    public int FirstSequence(int slot) => _firstSequences[slot];
}

/// <summary>The tokens of several sequences, one after another, without padding.</summary>
internal sealed class TokenBatch
{
    /// <param name="items">Item rows, <c>[T]</c>.</param>
    /// <param name="positions">Index of each event in its user's whole history, <c>[T]</c>.</param>
    /// <param name="lengths">Tokens of each sequence, at least 1.</param>
    /// <param name="times">Features of each event's time, <c>[T, K]</c>; null where no time is known, which means zeros.</param>
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

    /// <summary>The domain of the sequences, which chooses the encoder of a model that has one for each.</summary>
    public int Domain { get; init; }

    /// <summary>Where the sequences are.</summary>
    public TokenLayout Layout { get; }
}
