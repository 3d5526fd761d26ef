namespace Microsoft.ML.Hydra.Sequences;

/// <summary>Cuts before the last item; a sequence of one item is all history.</summary>
internal sealed class LastItemCut : ISequenceCut
{
    public bool ReadsTimestamps => false;

    public Func<long, int> Bind(SequenceVector items, SequenceVector? timestamps) =>
        _ => items.Count == 1 ? 1 : Math.Max(items.Count - 1, 0);
}
