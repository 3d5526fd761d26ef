namespace Microsoft.ML.Hydra.Data;

/// <summary>
/// Sequences of item rows in two flat arrays. Sequence <c>s</c> is
/// <c>items[offsets[s] .. offsets[s + 1])</c>, oldest event first; every value is an embedding row
/// in <c>1 .. NumberOfItems</c> (0 is the padding row and never occurs here).
/// </summary>
internal sealed class SequenceDataset
{
    private readonly int[] _items;
    private readonly int[] _offsets;

    public SequenceDataset(int[] items, int[] offsets, int numberOfItems)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(offsets.Length, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offsets[^1], items.Length);
        _items = items;
        _offsets = offsets;
        NumberOfItems = numberOfItems;
    }

    /// <summary>Number of sequences.</summary>
    public int Count => _offsets.Length - 1;

    /// <summary>Size of the catalogue; rows are <c>1 .. NumberOfItems</c>.</summary>
    public int NumberOfItems { get; }

    /// <summary>Number of events over all sequences.</summary>
    public int NumberOfEvents => _offsets[^1] - _offsets[0];

    public ReadOnlySpan<int> this[int sequence] =>
        _items.AsSpan(_offsets[sequence], _offsets[sequence + 1] - _offsets[sequence]);
}
