using System.CommandLine;
using Microsoft.ML.Hydra.Cli.Binding;
using Microsoft.ML.Hydra.Cli.Input;
using Microsoft.ML.Hydra.Interop;
using TorchSharp;

namespace Microsoft.ML.Hydra.Benchmarks.Rival;

/// <summary>The arguments that every command of the rival has: what it reads and the options it trains with.</summary>
internal sealed class RivalArguments
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
    private readonly Option<int> _threads = new("--threads") { Description = "Threads.", DefaultValueFactory = _ => 1, HelpName = "n" };

    /// <param name="command">The command that gets them.</param>
    public RivalArguments(System.CommandLine.Command command)
    {
        foreach (Option option in new Option[] { _data, _config, _set, _seed, _threads })
        {
            command.Options.Add(option);
        }
    }

    /// <summary>Reads the interactions, a row a user.</summary>
    public IDataView Read(MLContext mlContext, ParseResult parsed) =>
        InteractionReader.Read(mlContext, parsed.GetRequiredValue(_data), new InteractionColumns()).Group(mlContext);

    /// <summary>Names of the options given by <c>--set</c>, which a search leaves alone.</summary>
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

    /// <summary>Loads torch and sets its threads for the whole process, which is the rival's own.</summary>
    public void StartTorch(ParseResult parsed)
    {
        NativeTorch.EnsureLoaded();
        torch.set_num_threads(parsed.GetValue(_threads));
    }
}
