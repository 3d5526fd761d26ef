using System.CommandLine;
using System.Diagnostics;
using Microsoft.ML.Hydra.Cli.Binding;
using Microsoft.ML.Hydra.Cli.Input;
using Microsoft.ML.Hydra.Cli.Models;
using Microsoft.ML.Hydra.Cli.Reporting;

namespace Microsoft.ML.Hydra.Cli.Commands;

/// <summary><c>hydra evaluate</c>: trains Hydra and compares it with the baselines on the same split.</summary>
internal sealed class EvaluateCommand : CliCommand
{
    private readonly DataArguments _data;
    private readonly TrainingArguments _training;
    private readonly ContextArguments _context;
    private readonly Option<string> _json = new("--json")
    {
        Description = "Also write the report as JSON, under a temporary name and renamed when complete.",
        HelpName = "OUT",
    };

    private readonly Option<bool> _slices = new("--slices")
    {
        Description = "Also compare by length of the history and by popularity of the test item.",
    };

    public EvaluateCommand(CommandEnvironment environment)
        : base(environment, "evaluate", "Train with every user's last item held out, and compare with popularity, Markov chains and nearest neighbours over the full catalogue.")
    {
        _data = new DataArguments(this, isRequired: true);
        _training = new TrainingArguments(this);
        Add(_json);
        Add(_slices);
        _context = new ContextArguments(this, hasDevice: true);
        SetAction((parsed, cancellationToken) => Task.FromResult(Run(parsed, cancellationToken)));
    }

    private int Run(ParseResult parsed, CancellationToken cancellationToken)
    {
        HydraSequenceRecommendationTrainer.Options options = _training.Bind(parsed);
        using OutputFile? json = parsed.GetValue(_json) is string path ? OutputFile.Create(path) : null;
        MLContext mlContext = _context.Create(parsed, Errors);

        IDataView sequences = _data.ReadSequences(mlContext, parsed, Environment, cancellationToken);
        SequenceFacts facts = SequenceFacts.Count(sequences, cancellationToken);
        if (facts.UsersToTest == 0)
        {
            throw new UserErrorException("No user has two events, so none can be held out; evaluation needs histories of at least two.");
        }

        SequenceTrainTestData split = mlContext.SequenceRecommendation().SplitLeaveLastOut(sequences);
        bool animate = !_context.IsVerbose(parsed) && Terminal.CanAnimate(Console);
        using TrainedModel trained = TrainedModel.Fit(
            mlContext, split.TrainSet, options, new EpochProgress(Console, animate), cancellationToken);
        double peakMB = PeakMB();
        var comparison = new ModelComparison(mlContext, split, options, cancellationToken);
        var report = new EvaluationReport
        {
            Protocol = ProtocolText.Describe(options, trained.Model.Model.NumberOfItems),
            Data = facts,
            Models = comparison.Run(trained.Model),
            Slices = parsed.GetValue(_slices) ? comparison.RunSlices(trained.Model) : [],
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
        EvaluationText.Write(Console, report);
        if (json is not null)
        {
            EvaluationJson.Write(json.Stream, report);
            json.Commit();
        }

        return FinishTraining(cancellationToken);
    }

    private static double PeakMB()
    {
        using var process = Process.GetCurrentProcess();
        return Math.Max(process.PeakWorkingSet64, process.WorkingSet64) / (1024.0 * 1024.0);
    }
}
