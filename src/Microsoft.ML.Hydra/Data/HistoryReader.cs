namespace Microsoft.ML.Hydra.Data;

/// <summary>Appends the item rows of the current row's vector column, oldest first, and counts what it skips.</summary>
internal delegate void HistoryReader(ItemRowBuffer destination);
