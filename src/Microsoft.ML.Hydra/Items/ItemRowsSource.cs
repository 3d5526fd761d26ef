namespace Microsoft.ML.Hydra.Items;

/// <summary>Item rows of the moment; the span is valid until the next call.</summary>
internal delegate ReadOnlySpan<int> ItemRowsSource();
