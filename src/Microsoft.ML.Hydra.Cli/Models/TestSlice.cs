namespace Microsoft.ML.Hydra.Cli.Models;

/// <summary>Some of the users to test.</summary>
/// <param name="Group">What they are told apart by.</param>
/// <param name="Name">Which of that group they are.</param>
/// <param name="TestSet">Their rows.</param>
internal sealed record TestSlice(string Group, string Name, IDataView TestSet);
