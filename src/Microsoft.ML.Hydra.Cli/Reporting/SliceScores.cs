namespace Microsoft.ML.Hydra.Cli.Reporting;

/// <summary>The figures of all models for some of the users, items of the history left out of the ranking.</summary>
/// <param name="Group">What the users are told apart by.</param>
/// <param name="Name">Which of that group they are.</param>
/// <param name="Models">Names and figures, in the order of the report.</param>
internal sealed record SliceScores(string Group, string Name, IReadOnlyList<KeyValuePair<string, ModelScores>> Models);
