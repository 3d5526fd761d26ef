using Microsoft.ML.Hydra.Cli.Reporting;
using Spectre.Console;

namespace Microsoft.ML.Hydra.Cli.Commands;

/// <summary>Where a command writes.</summary>
/// <param name="Console">Results and progress.</param>
/// <param name="Errors">Errors, warnings and the log.</param>
internal sealed record CommandEnvironment(IAnsiConsole Console, ErrorConsole Errors);
