namespace Microsoft.ML.Hydra;

/// <summary>A recommended item.</summary>
/// <typeparam name="TItem">Type of an item.</typeparam>
/// <param name="Item">The item.</param>
/// <param name="Score">Its score; comparable among the items of one recommendation.</param>
public readonly record struct RecommendedItem<TItem>(TItem Item, float Score);
