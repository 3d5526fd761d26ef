using System.CommandLine;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.ML.Hydra.Cli;
using Microsoft.ML.Hydra.Cli.Binding;
using Microsoft.ML.Hydra.Cli.Input;
using Microsoft.ML.Hydra.Cli.Reporting;
using Microsoft.ML.Hydra.Interop;
using Microsoft.ML.Hydra.Training;
using TorchSharp;

namespace Microsoft.ML.Hydra.Benchmarks.Rival;

/// <summary><c>rival</c>: a SASRec on real data, with Hydra's batches, loss, optimiser, schedule, early stopping and evaluation.</summary>
internal sealed class RivalCommand : System.CommandLine.Command
{
    private readonly Option<string> _data = new("--data") { Description = "Interactions, as hydra evaluate reads them.", HelpName = "FILE", Required = true };
    private readonly Option<string> _config = new("--config") { Description = "JSON object of options, or the \"options\" of a report.", HelpName = "FILE" };
    private readonly Option<string[]> _set = new("--set")
    {
        Description = "Options, such as NumberOfHeads=2 LearningRate=0.003, named as Hydra's where they mean the same; they override the configuration file.",
        AllowMultipleArgumentsPerToken = true,
        HelpName = "Option=value",
    };

    private readonly Option<int?> _seed = new("--seed") { Description = "Seed of everything random; overrides the option Seed. [default: 1]", HelpName = "n" };
    private readonly Option<string> _json = new("--json") { Description = "File that receives the report as JSON.", HelpName = "OUT" };
    private readonly Option<bool> _validationOnly = new("--validation-only") { Description = "Leave the test items unread; the figure is the validation's." };
    private readonly Option<int> _threads = new("--threads") { Description = "Threads.", DefaultValueFactory = _ => 1, HelpName = "n" };

    public RivalCommand()
        : base("rival", "Train a SASRec as Hydra is trained and measure it as hydra evaluate does.")
    {
        foreach (Option option in new Option[] { _data, _config, _set, _seed, _json, _validationOnly, _threads })
        {
            Options.Add(option);
        }

        SetAction(Run);
    }

    private int Run(ParseResult parsed)
    {
        try
        {
            RivalOptions options = Bind(parsed);
            using OutputFile? json = parsed.GetValue(_json) is string path ? OutputFile.Create(path) : null;
            NativeTorch.EnsureLoaded();
            torch.set_num_threads(parsed.GetValue(_threads));   // this process is the rival's own
            var mlContext = new MLContext();
            IDataView sequences = InteractionReader.Read(mlContext, parsed.GetRequiredValue(_data), new InteractionColumns()).Group(mlContext);
            JsonObject report = RivalEvaluation.Run(mlContext, sequences, options, parsed.GetValue(_validationOnly), Console.Out);
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

    private RivalOptions Bind(ParseResult parsed)
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
            string[] sides = assignment.Split('=', 2, StringSplitOptions.TrimEntries);
            options.Set(sides[0], sides.Length == 2 ? sides[1] : null, "--set");
        }

        options.Training.Seed = parsed.GetValue(_seed) ?? options.Training.Seed;
        options.Training.NumberOfThreads = parsed.GetValue(_threads);
        options.Check();
        return options;
    }
}
