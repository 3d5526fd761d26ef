using System.CommandLine;
using System.Text.Json;
using Microsoft.ML.Hydra.Cli.Binding;
using Microsoft.ML.Hydra.Cli.Input;
using Microsoft.ML.Hydra.Cli.Reporting;

namespace Microsoft.ML.Hydra.Cli.Commands;

/// <summary><c>hydra tune</c>: searches for better trainer options and writes them as a configuration file.</summary>
internal sealed class TuneCommand : CliCommand
{
    private static readonly JsonSerializerOptions Format = new() { WriteIndented = true };

    private readonly DataArguments _data;
    private readonly TrainingArguments _training;
    private readonly TuningArguments _tuning;
    private readonly ContextArguments _context;
    private readonly Option<string> _output = new("--output")
    {
        Description = "The configuration file to write, for --config of 'hydra train' and 'hydra evaluate'; under a temporary name and renamed when whole. [default: best.json in the directory of the search]",
        HelpName = "CONFIG.json",
    };

    public TuneCommand(CommandEnvironment environment)
        : base(environment, "tune", "Search for better trainer options by successive halving on validation NDCG@10. Every user's last item is left aside, so that 'hydra evaluate' can test the result.")
    {
        _data = new DataArguments(this, isRequired: true);
        _tuning = new TuningArguments(this);
        Add(_output);
        _training = new TrainingArguments(this);
        _context = new ContextArguments(this, hasDevice: true);
        SetAction((parsed, cancellationToken) => Task.FromResult(Run(parsed, cancellationToken)));
    }

    private int Run(ParseResult parsed, CancellationToken cancellationToken)
    {
        HydraSequenceRecommendationTrainer.Options trainer = _training.Bind(parsed);
        HydraSearchSpace space = _tuning.Space(parsed, _training.AssignedNames(parsed));
        HydraTuningOptions options = _tuning.Bind(parsed);
        using OutputFile? chosen = parsed.GetValue(_output) is string path ? OutputFile.Create(path) : null;
        MLContext mlContext = _context.Create(parsed, Errors);

        IDataView sequences = _data.Read(mlContext, parsed, Errors, cancellationToken).Group(mlContext);
        bool animate = !_context.IsVerbose(parsed) && Terminal.CanAnimate(Console);
        var progress = new TuningProgress(Console, animate, options.Budget);
        CancellationBehavior behavior = trainer.CancellationBehavior;
        (trainer.CancellationToken, trainer.CancellationBehavior) = (cancellationToken, CancellationBehavior.ReturnBestModel);
        (trainer.Progress, options.Progress, options.TrainerOptions) = (progress, progress, trainer);
        IDataView trainSet = mlContext.SequenceRecommendation().SplitLeaveLastOut(sequences).TrainSet;
        HydraTuningResult result = progress.Run(() => mlContext.SequenceRecommendation().Tune(trainSet, space, options));

        result.BestOptions.CancellationBehavior = behavior;
        string config = parsed.GetValue(_output) ?? Path.Combine(options.Directory!, "best.json");
        using OutputFile output = chosen ?? OutputFile.Create(config);
        JsonSerializer.Serialize(output.Stream, OptionBinder.ToJson(result.BestOptions), Format);
        output.Commit();
        TuningText.Write(Console, result, config, _data.Repeat(parsed));
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
