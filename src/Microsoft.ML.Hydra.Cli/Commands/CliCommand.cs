using Microsoft.ML.Hydra.Cli.Reporting;
using Spectre.Console;

namespace Microsoft.ML.Hydra.Cli.Commands;

/// <summary>What every command of the tool has: a name, a description and places to write.</summary>
internal abstract class CliCommand : System.CommandLine.Command
{
    private readonly CommandEnvironment _environment;

    protected CliCommand(CommandEnvironment environment, string name, string description)
        : base(name, description) => _environment = environment;

    /// <summary>Results and progress.</summary>
    protected IAnsiConsole Console => _environment.Console;

    /// <summary>Errors, warnings and the log.</summary>
    protected ErrorConsole Errors => _environment.Errors;

    /// <summary>The exit code of a command that trained and came to its end.</summary>
    protected int FinishTraining(CancellationToken cancellationToken)
    {
        if (!cancellationToken.IsCancellationRequested)
        {
            return ExitCodes.Success;
        }

        Errors.WriteWarning("Training was interrupted; the results are those of the best epoch so far.");
        return ExitCodes.Cancelled;
    }
}
