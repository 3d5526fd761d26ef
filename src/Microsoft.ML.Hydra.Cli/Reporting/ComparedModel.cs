namespace Microsoft.ML.Hydra.Cli.Reporting;

/// <summary>One model of an evaluation.</summary>
/// <param name="Name">Hydra, or the name of a baseline.</param>
/// <param name="Filtered">Items of the history left out of the ranking.</param>
/// <param name="Unfiltered">All items ranked.</param>
internal sealed record ComparedModel(string Name, ModelScores Filtered, ModelScores Unfiltered);
