using System.CommandLine;
using Microsoft.ML.Hydra.Cli.Commands;
using Microsoft.ML.Hydra.Cli.Reporting;
using Xunit;

namespace Microsoft.ML.Hydra.Cli.Tests.Commands;

public sealed class TrainingArgumentsTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Without_arguments_the_defaults_are_used_and_the_seed_is_fixed()
    {
        HydraSequenceRecommendationTrainer.Options options = Bind();

        Assert.Equal(new HydraSequenceRecommendationTrainer.Options().NumberOfLayers, options.NumberOfLayers);
        Assert.Equal(1, options.Seed);
    }

    [Fact]
    public void Config_overrides_defaults_set_overrides_config_and_seed_overrides_all()
    {
        string config = _directory.Write("c.json", """{ "NumberOfLayers": 2, "StateDimension": 8, "Seed": 20 }""");

        Assert.Equal(20, Bind("--config", config).Seed);
        Assert.Equal(30, Bind("--set", "Seed=30", "--config", config).Seed);
        HydraSequenceRecommendationTrainer.Options options =
            Bind("--seed", "40", "--set", "Seed=30", "StateDimension=16", "--set", "NumberOfEpochs=3", "--config", config);
        Assert.Equal(40, options.Seed);
        Assert.Equal(2, options.NumberOfLayers);
        Assert.Equal(16, options.StateDimension);
        Assert.Equal(3, options.NumberOfEpochs);
    }

    private static HydraSequenceRecommendationTrainer.Options Bind(params string[] args)
    {
        var command = new EmptyCommand();
        var arguments = new TrainingArguments(command);
        ParseResult parsed = command.Parse(args);
        Assert.Empty(parsed.Errors);
        return arguments.Bind(parsed);
    }

    private sealed class EmptyCommand()
        : CliCommand(new CommandEnvironment(Terminal.Create(TextWriter.Null), new ErrorConsole(TextWriter.Null)), "empty", "None.");
}
