namespace Microsoft.ML.Hydra.Items;

/// <summary>The times of the current row's events as seconds or whatever unit they are in, NaN where one is missing; valid until the next call.</summary>
internal delegate ReadOnlyMemory<double> EventTimesReader();
