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

/// <summary>What the process returns.</summary>
internal static class ExitCodes
{
    public const int Success = 0;

    public const int Error = 1;

    /// <summary>Interrupted: 128 and the number of SIGINT, as shells expect.</summary>
    public const int Cancelled = 130;
}

/// <summary>Turns the first Ctrl-C into cancellation; the second one ends the process at once.</summary>
internal sealed class Interruption : IDisposable
{
    private readonly CancellationTokenSource _source = new();

    public Interruption() => Console.CancelKeyPress += OnCancelKeyPress;

    public CancellationToken Token => _source.Token;

    public void Dispose()
    {
        Console.CancelKeyPress -= OnCancelKeyPress;
        _source.Dispose();
    }

    private void OnCancelKeyPress(object? sender, ConsoleCancelEventArgs pressed)
    {
        pressed.Cancel = !_source.IsCancellationRequested;
        _source.Cancel();
    }
}
