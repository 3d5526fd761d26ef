using System.CommandLine;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using Microsoft.ML.Hydra.Cli.Commands;
using Microsoft.ML.Hydra.Cli.Reporting;
using Spectre.Console;

namespace Microsoft.ML.Hydra.Cli;

/// <summary>The whole command line, from arguments to exit code; touches no static console.</summary>
internal static class HydraCli
{
    public static async Task<int> RunAsync(
        string[] args, IAnsiConsole console, TextWriter error, CancellationToken cancellationToken = default)
    {
        var errors = new ErrorConsole(error);
        ParseResult parsed = CreateRootCommand(new CommandEnvironment(console, errors))
            .Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (parsed.Action is ParseErrorAction)
        {
            errors.WriteError(Describe(parsed));
            return ExitCodes.Error;
        }

        var invocation = new InvocationConfiguration
        {
            Output = console.Profile.Out.Writer,
            Error = error,
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = null,
        };
        try
        {
            return await parsed.InvokeAsync(invocation, cancellationToken);
        }
        catch (Exception exception) when (Failure.IsCancellation(exception, cancellationToken))
        {
            errors.WriteError("Cancelled.");
            return ExitCodes.Cancelled;
        }
#pragma warning disable CA1031 // The last line of defence: the caller sees one sentence, never a stack trace.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            errors.WriteError(Failure.Describe(exception));
            return ExitCodes.Error;
        }
    }

    internal static RootCommand CreateRootCommand(CommandEnvironment environment) =>
        new("Next-item recommendation with Hydra sequence models on ML.NET.")
        {
            new EvaluateCommand(environment),
            new TrainCommand(environment),
            new TuneCommand(environment),
            new RecommendCommand(environment),
            new InspectCommand(environment),
        };

    private static string Describe(ParseResult parsed)
    {
        string messages = string.Join(" ", parsed.Errors.Select(parseError => parseError.Message));
        string path = string.Empty;
        for (CommandResult? command = parsed.CommandResult; command?.Parent is CommandResult; command = command.Parent as CommandResult)
        {
            path = " " + command.Command.Name + path;
        }

        return $"{messages} See 'hydra{path} --help'.";
    }
}
