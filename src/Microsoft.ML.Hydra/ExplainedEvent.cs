namespace Microsoft.ML.Hydra;

/// <summary>An event of a history and how much it moved an item's score.</summary>
/// <typeparam name="TItem">Type of an item.</typeparam>
/// <param name="Index">Index of the event in the history that was given.</param>
/// <param name="Item">The event's item.</param>
/// <param name="Contribution">The item's score after the history minus its score after the history without this event.</param>
public readonly record struct ExplainedEvent<TItem>(int Index, TItem Item, float Contribution);
