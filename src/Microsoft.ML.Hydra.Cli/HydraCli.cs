using System.CommandLine;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using Microsoft.ML.Hydra.Cli.Commands;
using Microsoft.ML.Hydra.Cli.Reporting;
using Spectre.Console;

namespace Microsoft.ML.Hydra.Cli;

/// <summary>The whole command line, from arguments to exit code; uses no static console.</summary>
internal static class HydraCli
{
    /// <param name="args">The arguments.</param>
    /// <param name="console">Results and progress.</param>
    /// <param name="error">Errors, warnings and the log.</param>
    /// <param name="cancellationToken">Ends the command early.</param>
    /// <param name="standardOutput">The standard output behind the console; by default the text of the console.</param>
    public static async Task<int> RunAsync(
        string[] args, IAnsiConsole console, TextWriter error, CancellationToken cancellationToken = default, StandardOutput? standardOutput = null)
    {
        var errors = new ErrorConsole(error);
        ParseResult parsed = CreateRootCommand(new CommandEnvironment(console, errors, standardOutput))
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
        int exitCode = await InvokeAsync(parsed, invocation, errors, cancellationToken);
        return standardOutput?.Refusal() is string refusal ? Report(refusal, parsed, exitCode, errors) : exitCode;
    }

    private static async Task<int> InvokeAsync(
        ParseResult parsed, InvocationConfiguration invocation, ErrorConsole errors, CancellationToken cancellationToken)
    {
        try
        {
            return await parsed.InvokeAsync(invocation, cancellationToken);
        }
        catch (Exception exception) when (Failure.IsCancellation(exception, cancellationToken))
        {
            errors.WriteError(Failure.DescribeCancellation(exception));
            return ExitCodes.Cancelled;
        }
#pragma warning disable CA1031 // Catches everything: the caller sees one sentence, never a stack trace.
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
            new TuneTextCommand(environment),
            new RecommendCommand(environment),
            new AddItemsCommand(environment),
            new InspectCommand(environment),
        };

    // A result that was only printed is lost; a file is complete without the text about it.
    private static int Report(string refusal, ParseResult parsed, int exitCode, ErrorConsole errors)
    {
        bool isLost = parsed.CommandResult.Command is not CliCommand command || command.PrintsResult(parsed);
        string sentence = $"The text on the standard output is not complete, because it could not be written: {refusal}.";
        if (isLost && exitCode == ExitCodes.Success)
        {
            errors.WriteError(sentence);
            return ExitCodes.Error;
        }

        errors.WriteWarning(sentence + (exitCode == ExitCodes.Success ? " The file of the command is complete." : string.Empty));
        return exitCode;
    }

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

/// <summary>What the process returns.</summary>
internal static class ExitCodes
{
    public const int Success = 0;

    /// <summary>An error; also when the result is complete and could only be written to another place.</summary>
    public const int Error = 1;

    /// <summary>Interrupted: 128 and the number of SIGINT, as shells expect; the process returns 143 after SIGTERM.</summary>
    public const int Cancelled = 130;
}
