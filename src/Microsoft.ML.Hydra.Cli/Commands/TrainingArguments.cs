using System.CommandLine;
using Microsoft.ML.Hydra.Cli.Binding;
using Microsoft.ML.Hydra.Cli.Output;

namespace Microsoft.ML.Hydra.Cli.Commands;

/// <summary>The arguments that set trainer options: defaults, then <c>--config</c>, then <c>--set</c>, then <c>--seed</c>.</summary>
internal sealed class TrainingArguments
{
    /// <summary>The same command gives the same model again, unless another seed is given.</summary>
    private const int DefaultSeed = 1;

    private readonly Option<string> _config = new("--config")
    {
        Description = "JSON object of trainer options, such as { \"NumberOfLayers\": 2 }, or the \"options\" of an evaluation report.",
        HelpName = "FILE.json",
    };

    private readonly Option<string[]> _set = new("--set")
    {
        Description = "Trainer options, such as NumberOfEpochs=10 LearningRate=0.003; they override the configuration file.",
        AllowMultipleArgumentsPerToken = true,
        HelpName = "Option=value",
    };

    private readonly Option<int?> _seed = new("--seed")
    {
        Description = $"Seed of everything random; overrides the option Seed. [default: {DefaultSeed}]",
        HelpName = "n",
        CustomParser = WholeNumber.From("--seed", null),
    };

    public TrainingArguments(CliCommand command)
    {
        command.Add(_config);
        command.Add(_set);
        command.Add(_seed);
    }

    /// <summary>Names of the options that <c>--set</c> gives.</summary>
    public IEnumerable<string> AssignedNames(ParseResult parsed) =>
        from assignment in parsed.GetValue(_set) ?? [] select assignment.Split('=')[0].Trim();

    /// <summary>Adds the configuration to the files that the command reads.</summary>
    public FilePlan Plan(FilePlan plan, ParseResult parsed) => plan.Reads("--config", parsed.GetValue(_config));

    /// <exception cref="UserErrorException">An option is unknown or does not accept its value.</exception>
    public HydraSequenceRecommendationTrainer.Options Bind(ParseResult parsed)
    {
        var options = new HydraSequenceRecommendationTrainer.Options { Seed = DefaultSeed };
        (string items, string label) = (options.ItemsColumnName, options.LabelColumnName);
        (string, string, string) columns = ItemColumnNames(options);
        if (parsed.GetValue(_config) is string path)
        {
            ConfigFile.Apply(options, path);
        }

        foreach (string assignment in parsed.GetValue(_set) ?? [])
        {
            OptionBinder.SetFromAssignment(options, assignment);
        }

        if (parsed.GetValue(_seed) is int seed)
        {
            options.Seed = seed;
        }

        // A file of options may hold every option with its default; what was typed counts.
        if (!AssignedNames(parsed).Contains(nameof(options.CancellationBehavior), StringComparer.OrdinalIgnoreCase))
        {
            options.CancellationBehavior = CancellationBehavior.ReturnBestModel;
        }

        if (options.ItemsColumnName != items || options.LabelColumnName != label)
        {
            throw new UserErrorException(
                $"The options ItemsColumnName and LabelColumnName must stay '{items}' and '{label}' on the command line; name the columns of the file with --item-column.");
        }

        if (ItemColumnNames(options) != columns)
        {
            throw new UserErrorException(
                "The options ItemIdColumnName, ItemTextColumnName and ItemFeaturesColumnName must stay as they are on the command line; it reads every column of the file that --items names. Name the column of the item with --items-id-column, and leave columns out with --ignore-columns.");
        }

        return options;
    }

    private static (string, string, string) ItemColumnNames(HydraSequenceRecommendationTrainer.Options options) =>
        (options.ItemIdColumnName, options.ItemTextColumnName, options.ItemFeaturesColumnName);
}
