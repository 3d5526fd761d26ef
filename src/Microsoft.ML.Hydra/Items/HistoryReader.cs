namespace Microsoft.ML.Hydra.Items;

/// <summary>
/// Appends the item rows of the current row's vector column, oldest first, and counts what it skips; gives the length of the vector.
/// </summary>
internal delegate int HistoryReader(ItemRowBuffer destination);
