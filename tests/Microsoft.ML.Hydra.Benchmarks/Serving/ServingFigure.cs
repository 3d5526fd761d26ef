namespace Microsoft.ML.Hydra.Benchmarks.Serving;

/// <summary>A measured figure.</summary>
/// <param name="Key">Its name in the JSON object.</param>
/// <param name="Name">What it is, for a human reader.</param>
/// <param name="Value">The value.</param>
/// <param name="Target">What is wanted of it; empty where it only explains others.</param>
internal sealed record ServingFigure(string Key, string Name, double Value, string Target = "");
