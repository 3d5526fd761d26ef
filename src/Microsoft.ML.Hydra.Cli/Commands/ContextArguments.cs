using System.CommandLine;
using Microsoft.ML.Data;
using Microsoft.ML.Hydra.Cli.Reporting;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Hydra.Cli.Commands;

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
            };
            _gpu.Validators.Add(result =>
            {
                if (result.Tokens.Count == 1 && int.TryParse(result.Tokens[0].Value, out int device) && device < 0)
                {
                    result.AddError($"--gpu is {device}; wanted 0 or more.");
                }
            });
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

        // Of a training's warnings the user is told, of each once: a search says the same of its data with every trial. What is odd in the
        // data of a recommendation its command says itself.
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
