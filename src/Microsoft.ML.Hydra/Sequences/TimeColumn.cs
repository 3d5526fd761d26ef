namespace Microsoft.ML.Hydra.Sequences;

/// <summary>The times of the events.</summary>
internal abstract class TimeColumn : EventColumn
{
    /// <summary>Orders each sequence by time; events of one time stay in the order in which they came.</summary>
    /// <param name="order">Event numbers, ascending within each sequence; permuted in place.</param>
    /// <param name="offsets">Sequence <c>s</c> is <c>order[offsets[s] .. offsets[s + 1])</c>.</param>
    public abstract void Sort(int[] order, int[] offsets);

    /// <summary>One row a sequence, its times in the order given.</summary>
    public abstract SequenceColumn ToVectorColumn(string name, int[] order, int[] offsets);
}
