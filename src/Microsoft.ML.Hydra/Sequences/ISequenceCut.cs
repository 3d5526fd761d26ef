namespace Microsoft.ML.Hydra.Sequences;

/// <summary>
/// Where a split cuts each sequence: the events before the cut are its history, the first one after it is the next item.
/// </summary>
internal interface ISequenceCut
{
    /// <summary>Whether the cut depends on the timestamps.</summary>
    bool ReadsTimestamps { get; }

    /// <summary>Prepares the cut for one cursor.</summary>
    /// <param name="items">The items of the cursor's current row.</param>
    /// <param name="timestamps">Its timestamps, as long as the items; there when <see cref="ReadsTimestamps"/>.</param>
    /// <returns>From the number of a row, for the errors, the length of the current row's history: 0 .. number of items.</returns>
    Func<long, int> Bind(SequenceVector items, SequenceVector? timestamps);
}
