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

    /// <summary>Events of each row; <c>[NumberOfItems + 1]</c>, index 0 is 0.</summary>
    public int[] CountItems()
    {
        var counts = new int[NumberOfItems + 1];
        foreach (int row in _items.AsSpan(_offsets[0].._offsets[^1]))
        {
            counts[row]++;
        }

        return counts;
    }

    /// <summary>The first events of each sequence, in arrays of their own.</summary>
    /// <param name="lengths">How many of each sequence.</param>
    public SequenceDataset Take(ReadOnlySpan<int> lengths)
    {
        var offsets = new int[_offsets.Length];
        for (int sequence = 0; sequence < lengths.Length; sequence++)
        {
            offsets[sequence + 1] = offsets[sequence] + lengths[sequence];
        }

        var items = new int[offsets[^1]];
        for (int sequence = 0; sequence < lengths.Length; sequence++)
        {
            this[sequence][..lengths[sequence]].CopyTo(items.AsSpan(offsets[sequence]));
        }

        return new SequenceDataset(items, offsets, NumberOfItems);
    }
}
