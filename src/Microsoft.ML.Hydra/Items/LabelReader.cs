namespace Microsoft.ML.Hydra.Items;

/// <summary>The item row of the current row's scalar column; 0 when the item is missing or unknown.</summary>
internal delegate int LabelReader();
