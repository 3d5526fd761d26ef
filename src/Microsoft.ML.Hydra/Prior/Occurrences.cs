using Microsoft.ML.Hydra.Items;

namespace Microsoft.ML.Hydra.Prior;

/// <summary>Where each item occurs: a data set read by item.</summary>
internal sealed class Occurrences
{
    // Those of row r are _events[_ends[r - 1] .. _ends[r]).
    private readonly Occurrence[] _events;
    private readonly int[] _ends;

    /// <param name="train">The sequences.</param>
    /// <param name="counts">Events of each row in them; <c>[NumberOfItems + 1]</c>, index 0 is 0.</param>
    public Occurrences(SequenceDataset train, ReadOnlySpan<int> counts)
    {
        _events = new Occurrence[train.NumberOfEvents];
        _ends = counts.ToArray();
        for (int row = 1; row < _ends.Length; row++)
        {
            _ends[row] += _ends[row - 1];
        }

        int[] next = [0, .. _ends];
        for (int sequence = 0; sequence < train.Count; sequence++)
        {
            ReadOnlySpan<int> items = train[sequence];
            for (int index = 0; index < items.Length; index++)
            {
                _events[next[items[index]]++] = new Occurrence(sequence, index);
            }
        }
    }

    /// <summary>Events of a row, by sequence, then by index.</summary>
    public ReadOnlySpan<Occurrence> Of(int row) => _events.AsSpan(_ends[row - 1].._ends[row]);

    /// <summary>In how many sequences each row occurs; <c>[NumberOfItems + 1]</c>, index 0 is 0.</summary>
    public int[] CountSequences()
    {
        var sequences = new int[_ends.Length];
        for (int row = 1; row < sequences.Length; row++)
        {
            int last = -1;
            foreach (Occurrence occurrence in Of(row))
            {
                sequences[row] += occurrence.Sequence != last ? 1 : 0;
                last = occurrence.Sequence;
            }
        }

        return sequences;
    }
}
