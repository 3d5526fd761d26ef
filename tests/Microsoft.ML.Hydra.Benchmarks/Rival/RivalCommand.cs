using System.CommandLine;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.ML.Hydra.Cli;
using Microsoft.ML.Hydra.Cli.Binding;
using Microsoft.ML.Hydra.Cli.Input;
using Microsoft.ML.Hydra.Cli.Output;
using Microsoft.ML.Hydra.Cli.Reporting;
using Microsoft.ML.Hydra.Interop;
using Microsoft.ML.Hydra.Training;
using TorchSharp;

namespace Microsoft.ML.Hydra.Benchmarks.Rival;

/// <summary><c>rival</c>: a SASRec on real data, with Hydra's batches, loss, optimiser, schedule, early stopping and evaluation.</summary>
internal sealed class RivalCommand : System.CommandLine.Command
{
    private readonly RivalArguments _arguments;
    private readonly Option<string> _json = new("--json") { Description = "File that receives the report as JSON.", HelpName = "OUT" };
    private readonly Option<bool> _validationOnly = new("--validation-only") { Description = "Do not read the test items; report the validation figure only." };

    private readonly Option<bool> _slices = new("--slices") { Description = "Also report by length of the history, and by popularity and training events of the item." };

    public RivalCommand()
        : base("rival", "Train a SASRec as Hydra is trained and measure it as hydra evaluate does.")
    {
        _arguments = new RivalArguments(this);
        Options.Add(_json);
        Options.Add(_validationOnly);
        Options.Add(_slices);
        SetAction(Run);
    }

    private int Run(ParseResult parsed)
    {
        try
        {
            RivalOptions options = _arguments.Bind(parsed);
            using OutputFile? json = parsed.GetValue(_json) is string path ? OutputFile.Create(path) : null;
            _arguments.StartTorch(parsed);
            var mlContext = new MLContext();
            JsonObject report = RivalEvaluation.Run(
                mlContext, _arguments.Read(mlContext, parsed), options, parsed.GetValue(_validationOnly), parsed.GetValue(_slices), Console.Out);
            json?.Stream.Write(Encoding.UTF8.GetBytes(report.ToString() + "\n"));
            json?.Commit();
            return ExitCodes.Success;
        }
        catch (Exception exception) when (exception is UserErrorException or ArgumentException or TrainingDivergedException)
        {
            Console.Error.WriteLine(Failure.Describe(exception));
            return ExitCodes.Error;
        }
    }
}

/// <summary>The arguments of every command of the rival: its data and its training options.</summary>
internal sealed class RivalArguments
{
    private readonly Option<string> _data = new("--data") { Description = "Interactions, as hydra evaluate reads them.", HelpName = "FILE", Required = true };
    private readonly Option<string> _config = new("--config") { Description = "JSON object of options, or the \"options\" of a report.", HelpName = "FILE" };
    private readonly Option<string[]> _set = new("--set")
    {
        Description = "Options, such as NumberOfHeads=2 LearningRate=0.003, with the names of Hydra's options where they mean the same; they override the configuration file.",
        AllowMultipleArgumentsPerToken = true,
        HelpName = "Option=value",
    };

    private readonly Option<int?> _seed = new("--seed") { Description = "Seed of everything random; overrides the option Seed. [default: 1]", HelpName = "n" };
    private readonly Option<int> _threads = new("--threads") { Description = "Threads.", DefaultValueFactory = _ => 1, HelpName = "n" };

    /// <param name="command">The command that receives them.</param>
    public RivalArguments(System.CommandLine.Command command)
    {
        foreach (Option option in new Option[] { _data, _config, _set, _seed, _threads })
        {
            command.Options.Add(option);
        }
    }

    /// <summary>Reads the interactions, one row for each user.</summary>
    public IDataView Read(MLContext mlContext, ParseResult parsed) =>
        InteractionReader.Read(mlContext, parsed.GetRequiredValue(_data), new InteractionColumns()).Group(mlContext);

    /// <summary>Names of the options given by <c>--set</c>, which a search does not vary.</summary>
    public IEnumerable<string> AssignedNames(ParseResult parsed) =>
        from assignment in parsed.GetValue(_set) ?? [] select OptionBinder.Split(assignment).Name;

    /// <summary>The rival's options, checked.</summary>
    public RivalOptions Bind(ParseResult parsed)
    {
        var options = new RivalOptions();
        if (parsed.GetValue(_config) is string config)
        {
            foreach ((string name, string? text) in ConfigFile.Read(config))
            {
                options.Set(name, text, config);
            }
        }

        foreach (string assignment in parsed.GetValue(_set) ?? [])
        {
            (string name, string text) = OptionBinder.Split(assignment);
            options.Set(name, text, "--set");
        }

        options.Training.Seed = parsed.GetValue(_seed) ?? options.Training.Seed;
        options.Training.NumberOfThreads = parsed.GetValue(_threads);
        options.Check();
        return options;
    }

    /// <summary>Loads torch and sets its threads for the whole process, which runs only the rival.</summary>
    public void StartTorch(ParseResult parsed)
    {
        NativeTorch.EnsureLoaded();
        torch.set_num_threads(parsed.GetValue(_threads));
    }
}
