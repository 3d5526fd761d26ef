namespace Microsoft.ML.Hydra.Items;

/// <summary>What a view's sequences became.</summary>
/// <param name="Dataset">The sequences that have items.</param>
/// <param name="Vocabulary">What the rows in <paramref name="Dataset"/> stand for.</param>
/// <param name="Clock">What the times of the events are measured by; null where none are read.</param>
/// <param name="NumberOfMissingItems">Items skipped because they were empty text, 0 or a missing key.</param>
/// <param name="NumberOfUnknownItems">Keys skipped because they are beyond the number of their type's values.</param>
/// <param name="NumberOfEmptySequences">Rows of the view dropped because no item was left.</param>
internal sealed record SequenceData(
    SequenceDataset Dataset,
    ItemVocabulary Vocabulary,
    EventClock? Clock,
    long NumberOfMissingItems,
    long NumberOfUnknownItems,
    long NumberOfEmptySequences);
