using System.CommandLine;
using System.CommandLine.Parsing;
using Microsoft.ML.Data;
using Microsoft.ML.Hydra.Cli.Binding;
using Microsoft.ML.Hydra.Cli.Output;
using Microsoft.ML.Hydra.Cli.Reporting;
using Microsoft.ML.Runtime;
using Spectre.Console;

namespace Microsoft.ML.Hydra.Cli.Commands;

/// <summary>What every command of the tool has: a name, a description, and where it writes.</summary>
internal abstract class CliCommand : System.CommandLine.Command
{
    protected CliCommand(CommandEnvironment environment, string name, string description)
        : base(name, description)
    {
        Environment = environment;
        Validators.Add(RefuseEmptyNames);
    }

    /// <summary>Where the command writes.</summary>
    protected CommandEnvironment Environment { get; }

    /// <summary>Results and progress.</summary>
    protected IAnsiConsole Console => Environment.Console;

    /// <summary>Errors, warnings and the log.</summary>
    protected ErrorConsole Errors => Environment.Errors;

    /// <summary>Whether the result of the command is on the console only, so that it is lost when the console refuses it.</summary>
    internal virtual bool PrintsResult(ParseResult parsed) => true;

    /// <summary>Opens what the command writes.</summary>
    /// <exception cref="UserErrorException">It cannot be written.</exception>
    protected OutputFile OpenOutput(string path) => OutputFile.Create(path, Environment.OpenStandardOutput);

    /// <summary>Where text goes: not to the standard output while a result is written there.</summary>
    protected IAnsiConsole ConsoleBeside(OutputFile? output) => output is { IsStandardOutput: true } ? Errors.Console : Console;

    /// <summary>Writes a text that took long to make: to its output, else to another folder, else to the console.</summary>
    /// <exception cref="UserErrorException">The output failed; says where the text is.</exception>
    protected void SaveText(OutputFile output, Result result)
    {
        try
        {
            Environment.Rescue.Save(output, result);
        }
        catch (UnsavedResultException unsaved) when (!output.IsStandardOutput)
        {
            Print(result, unsaved);
            throw new UserErrorException($"{unsaved.Message} Nothing is lost: {result.Content} is printed on the standard output.", unsaved);
        }
    }

    // An empty name is that of a variable of the shell that is not set. A history may be empty.
    private static void RefuseEmptyNames(CommandResult result)
    {
        foreach (OptionResult option in result.Children.OfType<OptionResult>())
        {
            if (option.Option.ValueType == typeof(string) && option.Option.Name != "--history" && option.Tokens.Any(token => string.IsNullOrWhiteSpace(token.Value)))
            {
                result.AddError($"{option.Option.Name} is empty; expected a value such as {option.Option.HelpName}.");
            }
        }
    }

    private void Print(Result result, UnsavedResultException unsaved)
    {
        try
        {
            using Stream stream = Environment.OpenStandardOutput();
            result.Write(stream);
            stream.Write("\n"u8);
            stream.Flush();
        }
        catch (IOException exception)
        {
            throw new UserErrorException(
                $"{unsaved.Message} The standard output did not take it either: {Failure.Describe(exception).TrimEnd('.')}.", exception);
        }
    }

    /// <summary>Writes what no text can show: to its output, else to another folder.</summary>
    /// <exception cref="UserErrorException">The output failed; says where the result is.</exception>
    protected void Save(OutputFile output, Result result) => Environment.Rescue.Save(output, result);

    /// <summary>Writes to another folder than that of the output.</summary>
    /// <returns>The file; null when no folder took it.</returns>
    protected string? SaveElsewhere(string path, Result result) => Environment.Rescue.SaveElsewhere(path, result.Write);
}

/// <summary>Where a command writes.</summary>
/// <param name="Console">Results and progress.</param>
/// <param name="Errors">Errors, warnings and the log.</param>
/// <param name="StandardOutput">What an output named <c>-</c> is written to; null for the text of the console.</param>
internal sealed record CommandEnvironment(IAnsiConsole Console, ErrorConsole Errors, StandardOutput? StandardOutput = null)
{
    /// <summary>Where results go whose output fails at the end.</summary>
    public Rescue Rescue { get; init; } = new();

    public Stream OpenStandardOutput() => StandardOutput?.Open() ?? new TextStream(Console.Profile.Out.Writer);
}

/// <summary>The standard output of the process.</summary>
/// <param name="Open">Opens it for bytes.</param>
/// <param name="Refusal">Why it did not take text; null when it took all.</param>
internal sealed record StandardOutput(Func<Stream> Open, Func<string?> Refusal);

/// <summary>The arguments that make the <see cref="MLContext"/>.</summary>
internal sealed class ContextArguments
{
    private readonly Option<bool> _verbose = new("--verbose")
    {
        Description = "Write the log of ML.NET to the error output.",
    };

    private readonly Option<int?>? _gpu;

    public ContextArguments(CliCommand command, bool hasDevice)
    {
        if (hasDevice)
        {
            _gpu = new("--gpu")
            {
                Description = "Index of the CUDA device to run on, from 0; an error when it cannot be used. Without it the CPU is used.",
                HelpName = "n",
                CustomParser = WholeNumber.From("--gpu", 0),
            };
            command.Add(_gpu);
        }

        command.Add(_verbose);
    }

    public bool IsVerbose(ParseResult parsed) => parsed.GetValue(_verbose);

    public MLContext Create(ParseResult parsed, ErrorConsole errors)
    {
        var mlContext = new MLContext();
        if (_gpu is not null && parsed.GetValue(_gpu) is int device)
        {
            mlContext.GpuDeviceId = device;
            mlContext.FallbackToCpu = false;
        }

        // A command that trains shows each warning once: every trial of a search repeats those about the data. The command that recommends
        // writes its own warnings.
        bool isVerbose = IsVerbose(parsed), warns = isVerbose || _gpu is not null;
        var warnings = new HashSet<string>(StringComparer.Ordinal);
        mlContext.Log += (_, line) =>
        {
            if (line.Kind == ChannelMessageKind.Warning)
            {
                if (warns && warnings.Add(line.RawMessage))
                {
                    errors.WriteWarning(line.RawMessage);
                }
            }
            else if (isVerbose && line.Kind != ChannelMessageKind.Trace)
            {
                errors.WriteLog(line.Message);
            }
        };

        return mlContext;
    }
}
