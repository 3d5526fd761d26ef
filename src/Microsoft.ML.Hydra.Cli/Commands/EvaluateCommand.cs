using System.CommandLine;
using System.Diagnostics;
using Microsoft.ML.Hydra.Cli.Binding;
using Microsoft.ML.Hydra.Cli.Input;
using Microsoft.ML.Hydra.Cli.Models;
using Microsoft.ML.Hydra.Cli.Output;
using Microsoft.ML.Hydra.Cli.Reporting;
using Spectre.Console;

namespace Microsoft.ML.Hydra.Cli.Commands;

/// <summary><c>hydra evaluate</c>: trains Hydra and compares it with the baselines on the same split.</summary>
internal sealed class EvaluateCommand : CliCommand
{
    private readonly DataArguments _data;
    private readonly ItemArguments _items;
    private readonly TrainingArguments _training;
    private readonly ContextArguments _context;
    private readonly Option<string> _json = new("--json")
    {
        Description = "Also write the report as JSON, under a temporary name and renamed when complete; - is the standard output.",
        HelpName = "OUT",
    };

    private readonly Option<bool> _slices = new("--slices")
    {
        Description = "Also compare by length of the history, and by popularity and training events of the test item; all but the last event of every user count, those of the validation too.",
    };

    private readonly Option<double?> _coldItems = new("--cold-items")
    {
        Description = "Take this share of the items out of every history, so that they are new, and report how they and the others are found.",
        HelpName = "SHARE",
        CustomParser = ParsedText.Share("--cold-items"),
    };

    public EvaluateCommand(CommandEnvironment environment)
        : base(environment, "evaluate", "Train with every user's last item held out, and compare with popularity, Markov chains, nearest neighbours and, with --items, text neighbours over the full catalogue.")
    {
        _data = new DataArguments(this, isRequired: true);
        _items = new ItemArguments(this, isRequired: false);
        _training = new TrainingArguments(this);
        Add(_json);
        Add(_slices);
        Add(_coldItems);
        _context = new ContextArguments(this, hasDevice: true);
        SetAction((parsed, cancellationToken) => Task.FromResult(Run(parsed, cancellationToken)));
    }

    internal override bool PrintsResult(ParseResult parsed) => parsed.GetValue(_json) is null;

    private int Run(ParseResult parsed, CancellationToken cancellationToken)
    {
        _training.Plan(_items.Plan(_data.Plan(new FilePlan(), parsed), parsed), parsed).Writes("--json", parsed.GetValue(_json)).Check();
        HydraSequenceRecommendationTrainer.Options options = _training.Bind(parsed);
        using OutputFile? json = parsed.GetValue(_json) is string path ? OpenOutput(path) : null;
        IAnsiConsole console = ConsoleBeside(json);
        MLContext mlContext = _context.Create(parsed, Errors);

        IDataView sequences = _data.ReadSequences(mlContext, parsed, console, Errors, cancellationToken);
        _data.BindDomain(parsed, options);
        _items.Bind(parsed, options, sequences, (console, Errors), cancellationToken, _data.Domain(parsed));
        SequenceFacts facts = SequenceFacts.Count(sequences, cancellationToken);
        if (facts.UsersToTest == 0)
        {
            throw new UserErrorException("No user has two events, so none can be held out; evaluation needs histories of at least two.");
        }

        double? coldShare = parsed.GetValue(_coldItems);
        if (coldShare is not null && facts.Items < 2)
        {
            throw new UserErrorException("--cold-items needs at least two different items, new ones and others; the data hold one.");
        }

        EvaluationSplit split = EvaluationSplit.Of(mlContext, sequences, coldShare);
        bool animate = !_context.IsVerbose(parsed) && Terminal.CanAnimate(console);
        using TrainedModel trained = TrainedModel.Fit(
            mlContext, split.TrainSet, options, new EpochProgress(console, animate), cancellationToken);
        bool isInterrupted = cancellationToken.IsCancellationRequested;
        double peakMB = PeakMB();
        if (!isInterrupted)
        {
            options.CancellationBehavior = CancellationBehavior.Throw;    // an interruption from now on ends the comparison
        }

        var comparison = new ModelComparison(mlContext, split, options, cancellationToken);
        HydraSequenceRecommendationTransformer model = trained.Model;
        IReadOnlyList<ComparedModel> compared = comparison.Run(model);
        var report = new EvaluationReport
        {
            Protocol = ProtocolText.Describe(options, model.Model.NumberOfItems, split.Cold?.Ids.Count ?? 0),
            IsInterrupted = isInterrupted,
            Data = facts,
            Models = compared,
            Slices = parsed.GetValue(_slices) ? comparison.RunSlices(model) : [],
            ColdItems = comparison.RunColdItems(model, compared),
            Parameters = trained.Model.Model.NumberOfParameters,
            Epochs = trained.Model.Model.NumberOfEpochsTrained,
            BestEpoch = trained.Model.Model.BestEpoch,
            ValidationNdcg = trained.Model.Model.ValidationNdcgAt10,
            HasPrior = trained.Model.Model.HasCooccurrencePrior,
            SecondsPerEpoch = trained.SecondsPerEpoch,
            TrainSeconds = trained.Duration.TotalSeconds,
            TrainCpuSeconds = trained.ProcessorTime.TotalSeconds,
            PeakMB = peakMB,
            Options = OptionBinder.ToJson(trained.Model.Model.Options),
        };
        EvaluationText.Write(console, report);
        if (json is not null)
        {
            SaveText(json, new Result("the report", "report.json", stream => EvaluationJson.Write(stream, report)));
        }

        return Finish(isInterrupted);
    }

    private int Finish(bool isInterrupted)
    {
        if (!isInterrupted)
        {
            return ExitCodes.Success;
        }

        Errors.WriteWarning("Training was interrupted; the results are those of the best epoch so far.");
        return ExitCodes.Cancelled;
    }

    private static double PeakMB()
    {
        using var process = Process.GetCurrentProcess();
        return Math.Max(process.PeakWorkingSet64, process.WorkingSet64) / (1024.0 * 1024.0);
    }
}
