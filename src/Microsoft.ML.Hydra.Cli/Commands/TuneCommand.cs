using System.CommandLine;
using System.Text.Json;
using Microsoft.ML.Hydra.Cli.Binding;
using Microsoft.ML.Hydra.Cli.Output;
using Microsoft.ML.Hydra.Cli.Reporting;
using Spectre.Console;

namespace Microsoft.ML.Hydra.Cli.Commands;

/// <summary><c>hydra tune</c>: searches for better trainer options and writes them as a configuration file.</summary>
internal sealed class TuneCommand : CliCommand
{
    private static readonly JsonSerializerOptions Format = new() { WriteIndented = true };

    private readonly DataArguments _data;
    private readonly ItemArguments _items;
    private readonly TrainingArguments _training;
    private readonly TuningArguments _tuning;
    private readonly ContextArguments _context;
    private readonly Option<string> _output = new("--output")
    {
        Description = "The configuration file to write, for --config of 'hydra train' and 'hydra evaluate'; under a temporary name and renamed when complete. [default: best.json in the directory of the search]",
        HelpName = "CONFIG.json",
    };

    public TuneCommand(CommandEnvironment environment)
        : base(environment, "tune", "Search for better trainer options by successive halving on validation NDCG@10. Every user's last item is left out, so that 'hydra evaluate' can test the result.")
    {
        _data = new DataArguments(this, isRequired: true);
        _items = new ItemArguments(this, isRequired: false);
        _tuning = new TuningArguments(this);
        Add(_output);
        _training = new TrainingArguments(this);
        _context = new ContextArguments(this, hasDevice: true);
        SetAction((parsed, cancellationToken) => Task.FromResult(Run(parsed, cancellationToken)));
    }

    internal override bool PrintsResult(ParseResult parsed) => false;

    private int Run(ParseResult parsed, CancellationToken cancellationToken)
    {
        HydraTuningOptions options = _tuning.Bind(parsed);
        string config = parsed.GetValue(_output) ?? Path.Combine(options.Directory!, "best.json");
        _tuning.Plan(_training.Plan(_items.Plan(_data.Plan(new FilePlan(), parsed), parsed), parsed), parsed).Writes("--output", config).Check();
        HydraSequenceRecommendationTrainer.Options trainer = _training.Bind(parsed);
        HydraSearchSpace space = _tuning.Space(parsed, _training.AssignedNames(parsed));
        using OutputFile? chosen = parsed.GetValue(_output) is string path ? OpenOutput(path) : null;
        IAnsiConsole console = ConsoleBeside(chosen);
        MLContext mlContext = _context.Create(parsed, Errors);

        IDataView sequences = _data.ReadSequences(mlContext, parsed, console, Errors, cancellationToken);
        _data.BindDomain(parsed, trainer);
        _items.Bind(parsed, trainer, sequences, (console, Errors), cancellationToken, _data.Domain(parsed));
        bool animate = !_context.IsVerbose(parsed) && Terminal.CanAnimate(console);
        var progress = new TuningProgress(console, animate, options.Budget);
        (trainer.CancellationToken, trainer.CancellationBehavior) = (cancellationToken, CancellationBehavior.ReturnBestModel);
        (trainer.Progress, options.Progress, options.TrainerOptions) = (progress, progress, trainer);
        IDataView trainSet = mlContext.SequenceRecommendation().SplitLeaveLastOut(sequences).TrainSet;
        HydraTuningResult result = progress.Run(() => mlContext.SequenceRecommendation().Tune(trainSet, space, options));

        result.BestOptions.CancellationBehavior = default;
        using OutputFile output = chosen ?? OpenOutput(config);
        SaveText(output, new Result("the configuration", "best.json", stream => JsonSerializer.Serialize(stream, OptionBinder.ToJson(result.BestOptions), Format)));
        TuningText.Write(console, result, config, _data.Repeat(parsed) + _items.Repeat(parsed));
        return Finish(result);
    }

    private int Finish(HydraTuningResult result)
    {
        if (result.End != HydraTuningEnd.Cancelled)
        {
            return ExitCodes.Success;
        }

        Errors.WriteWarning("The search was interrupted; the configuration is the best so far.");
        return ExitCodes.Cancelled;
    }
}

/// <summary>The arguments of a search: its space, its end and its directory.</summary>
internal sealed class TuningArguments
{
    private readonly Option<string> _space = new("--space")
    {
        Description = "JSON object of options to vary, such as { \"LearningRate\": { \"logUniform\": [0.001, 0.01] }, \"DropoutRate\": [0.1, 0.3], \"NumberOfLayers\": { \"integers\": [1, 4] } }. Without it the default space; options given by --set stay fixed.",
        HelpName = "FILE.json",
    };

    private readonly Option<TimeSpan?> _budget = new("--budget")
    {
        Description = $"When to end: {DurationText.Expected}. The trial in progress at that time is dropped; a resumed search includes the time spent before.",
        HelpName = "TIME",
        CustomParser = ParsedText.From("--budget", DurationText.TryParse, DurationText.Expected),
    };

    private readonly Option<int?> _trials = new("--trials")
    {
        Description = "Maximum number of trials, including those of a resumed search; the same number gives the same result.",
        HelpName = "n",
        CustomParser = WholeNumber.From("--trials", 1),
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
    }

    /// <summary>The options of the search without those of the trainer.</summary>
    public HydraTuningOptions Bind(ParseResult parsed) => new()
    {
        Budget = parsed.GetValue(_budget),
        MaximumTrials = parsed.GetValue(_trials),
        Directory = parsed.GetRequiredValue(_directory),
        Resume = parsed.GetValue(_resume),
    };

    /// <summary>Adds the file of the space, which is read, and the directory and the journal of the search, which are written.</summary>
    public FilePlan Plan(FilePlan plan, ParseResult parsed)
    {
        string directory = parsed.GetRequiredValue(_directory);
        return plan.Reads("--space", parsed.GetValue(_space))
            .Writes("--directory", directory)
            .Writes("the journal of the search", Path.Combine(directory, "tuning.jsonl"))
            .Writes("the lock of the search", Path.Combine(directory, "tuning.lock"));
    }

    /// <summary>The space without the options that are fixed.</summary>
    /// <exception cref="UserErrorException">The file of the space is missing or holds no search space.</exception>
    public HydraSearchSpace Space(ParseResult parsed, IEnumerable<string> fixedOptions) =>
        SpaceFile.ReadOr(parsed.GetValue(_space), HydraSearchSpace.Default, fixedOptions);
}
