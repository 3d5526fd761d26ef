namespace Microsoft.ML.Hydra.Items;

/// <summary>
/// Sequences of item rows in two flat arrays. Sequence <c>s</c> is
/// <c>items[offsets[s] .. offsets[s + 1])</c>, oldest event first; every value is an embedding row
/// in <c>1 .. NumberOfItems</c> (0 is the padding row and never occurs here).
/// </summary>
internal sealed class SequenceDataset
{
    private readonly int[] _items;
    private readonly int[] _offsets;

    private readonly float[]? _times;
    private int[]? _domains;    // of each sequence

    /// <param name="items">Item rows of all events.</param>
    /// <param name="offsets">Where each sequence starts, and the end.</param>
    /// <param name="numberOfItems">Size of the catalogue.</param>
    /// <param name="times">Features of the events' times, <c>[events, <see cref="EventClock.Features"/>]</c>; null where none are read.</param>
    public SequenceDataset(int[] items, int[] offsets, int numberOfItems, float[]? times = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(offsets.Length, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offsets[^1], items.Length);
        _items = items;
        _offsets = offsets;
        _times = times;
        NumberOfItems = numberOfItems;
    }

    /// <summary>Number of sequences.</summary>
    public int Count => _offsets.Length - 1;

    /// <summary>Size of the catalogue; rows are <c>1 .. NumberOfItems</c>.</summary>
    public int NumberOfItems { get; }

    /// <summary>Number of events over all sequences.</summary>
    public int NumberOfEvents => _offsets[^1] - _offsets[0];

    /// <summary>The domains of the items; null where there is one domain only.</summary>
    public ItemDomains? Domains { get; private init; }

    /// <summary>Whether the times of the events are read.</summary>
    public bool HasTimes => _times is not null;

    public ReadOnlySpan<int> this[int sequence] =>
        _items.AsSpan(_offsets[sequence], _offsets[sequence + 1] - _offsets[sequence]);

    /// <summary>The domain of a sequence: what comes next in it is an item of this domain, and its events of other domains are context.</summary>
    public int DomainOf(int sequence) => _domains?[sequence] ?? 0;

    /// <summary>Features of the times of a sequence's events, <c>[events, <see cref="EventClock.Features"/>]</c>; empty where none are read.</summary>
    public ReadOnlySpan<float> Times(int sequence) => _times is null
        ? default
        : _times.AsSpan(_offsets[sequence] * EventClock.Features, (_offsets[sequence + 1] - _offsets[sequence]) * EventClock.Features);

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

    /// <summary>The same sequences in a larger catalogue; shares the arrays.</summary>
    /// <param name="numberOfItems">Size of the catalogue, at least <see cref="NumberOfItems"/>; the further items have no events.</param>
    public SequenceDataset WithNumberOfItems(int numberOfItems)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(numberOfItems, NumberOfItems);
        return new SequenceDataset(_items, _offsets, numberOfItems, _times);
    }

    /// <summary>The sequences in their domains. Events of other domains after the last event of a sequence's own say nothing of what comes next, and are left out; so are sequences without any event of their own.</summary>
    /// <param name="domains">Domains of the items.</param>
    /// <param name="ofSequence">Domain of each sequence.</param>
    public SequenceDataset InDomains(ItemDomains domains, ReadOnlySpan<int> ofSequence)
    {
        var kept = new List<int>();
        var lengths = new int[Count];
        for (int sequence = 0; sequence < lengths.Length; sequence++)
        {
            int domain = ofSequence[sequence];
            lengths[sequence] = this[sequence].Length;
            while (lengths[sequence] > 0 && domains.Of(this[sequence][lengths[sequence] - 1]) != domain)
            {
                lengths[sequence]--;
            }

            if (lengths[sequence] > 0)
            {
                kept.Add(sequence);
            }
        }

        (var items, var offsets, var times) = (new List<int>(), new List<int> { 0 }, new List<float>());
        foreach (int sequence in kept)
        {
            items.AddRange(this[sequence][..lengths[sequence]]);
            times.AddRange(HasTimes ? Times(sequence)[..(lengths[sequence] * EventClock.Features)] : default);
            offsets.Add(items.Count);
        }

        int[] numbers = ofSequence.ToArray();
        return new SequenceDataset([.. items], [.. offsets], NumberOfItems, HasTimes ? [.. times] : null)
        {
            Domains = domains, _domains = [.. kept.Select(sequence => numbers[sequence])],
        };
    }

    /// <summary>The first events of each sequence, without their times, in arrays of their own.</summary>
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

        return new SequenceDataset(items, offsets, NumberOfItems) { Domains = Domains, _domains = _domains };
    }
}
