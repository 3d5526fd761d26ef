using System.CommandLine;
using System.Globalization;
using Microsoft.ML.Hydra.Cli.Binding;

namespace Microsoft.ML.Hydra.Cli.Commands;

/// <summary>The arguments that say what is searched, for how long, and where the search is kept.</summary>
internal sealed class TuningArguments
{
    private readonly Option<string> _space = new("--space")
    {
        Description = "JSON object of options to vary, such as { \"LearningRate\": { \"logUniform\": [0.001, 0.01] }, \"DropoutRate\": [0.1, 0.3], \"NumberOfLayers\": { \"integers\": [1, 4] } }. Without it the default space; options given by --set stay fixed.",
        HelpName = "FILE.json",
    };

    private readonly Option<TimeSpan?> _budget = new("--budget")
    {
        Description = $"When to end: {DurationText.Wanted}. The trial then in progress counts nothing; a resumed search counts what was spent before.",
        HelpName = "TIME",
        CustomParser = result =>
        {
            string text = result.Tokens.Single().Value;
            TimeSpan? budget = DurationText.TryParse(text);
            if (budget is null)
            {
                result.AddError($"--budget is '{text}'; wanted {DurationText.Wanted}.");
            }

            return budget;
        },
    };

    private readonly Option<int?> _trials = new("--trials")
    {
        Description = "Most trials, those of a resumed search among them; the same number gives the same result.",
        HelpName = "n",
    };

    private readonly Option<string> _directory = new("--directory")
    {
        Description = "Directory for the journal of the search and the checkpoints of the trial in progress; created when missing.",
        DefaultValueFactory = _ => "hydra-tuning",
        HelpName = "DIR",
    };

    private readonly Option<bool> _resume = new("--resume")
    {
        Description = "Continue the search in the directory, with the same data, space and options.",
    };

    public TuningArguments(CliCommand command)
    {
        command.Add(_space);
        command.Add(_budget);
        command.Add(_trials);
        command.Add(_directory);
        command.Add(_resume);
        command.Validators.Add(result =>
        {
            if (result.GetResult(_budget) is null && result.GetResult(_trials) is null)
            {
                result.AddError("Give --budget or --trials, or both.");
            }
        });
        _trials.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && int.TryParse(result.Tokens[0].Value, CultureInfo.InvariantCulture, out int trials) && trials < 1)
            {
                result.AddError(string.Create(CultureInfo.InvariantCulture, $"--trials is {trials}; wanted 1 or more."));
            }
        });
    }

    /// <summary>The search's options but for those of the trainer.</summary>
    public HydraTuningOptions Bind(ParseResult parsed) => new()
    {
        Budget = parsed.GetValue(_budget),
        MaximumTrials = parsed.GetValue(_trials),
        Directory = parsed.GetRequiredValue(_directory),
        Resume = parsed.GetValue(_resume),
    };

    /// <summary>The space without the options that are fixed.</summary>
    /// <exception cref="UserErrorException">The file of the space is missing or holds none.</exception>
    public HydraSearchSpace Space(ParseResult parsed, IEnumerable<string> fixedOptions) =>
        SpaceFile.ReadOr(parsed.GetValue(_space), HydraSearchSpace.Default, fixedOptions);
}
