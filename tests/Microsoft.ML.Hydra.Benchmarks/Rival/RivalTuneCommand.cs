using System.CommandLine;
using System.Text;
using Microsoft.ML.Hydra.Cli;
using Microsoft.ML.Hydra.Cli.Binding;
using Microsoft.ML.Hydra.Cli.Output;
using Microsoft.ML.Hydra.Cli.Reporting;
using Microsoft.ML.Hydra.Items;
using Microsoft.ML.Hydra.Training;
using Microsoft.ML.Hydra.Tuning;

namespace Microsoft.ML.Hydra.Benchmarks.Rival;

/// <summary><c>rival-tune</c>: the search of <c>hydra tune</c> for the rival.</summary>
internal sealed class RivalTuneCommand : System.CommandLine.Command
{
    private readonly RivalArguments _arguments;
    private readonly Option<string> _space = new("--space")
    {
        Description = "Options to vary, a file as for hydra tune. Without it the default space; options given by --set stay fixed.",
        HelpName = "FILE.json",
    };

    private readonly Option<int> _trials = new("--trials") { Description = "Trials.", HelpName = "n", Required = true };
    private readonly Option<string> _output = new("--output") { Description = "The configuration file to write, for --config of 'rival'.", HelpName = "CONFIG.json", Required = true };

    public RivalTuneCommand()
        : base("rival-tune", "Search for better options of the SASRec as hydra tune does for Hydra; every user's last item is left out.")
    {
        _arguments = new RivalArguments(this);
        Options.Add(_space);
        Options.Add(_trials);
        Options.Add(_output);
        SetAction(Run);
    }

    private int Run(ParseResult parsed)
    {
        try
        {
            RivalOptions options = _arguments.Bind(parsed);
            HydraSearchSpace space = SpaceFile.ReadOr(parsed.GetValue(_space), RivalTuning.DefaultSpace, _arguments.AssignedNames(parsed));
            using OutputFile output = OutputFile.Create(parsed.GetRequiredValue(_output));
            _arguments.StartTorch(parsed);
            var mlContext = new MLContext();
            RivalOptions best = RivalTuning.Run(mlContext, _arguments.Read(mlContext, parsed), options, space, parsed.GetValue(_trials), Console.Out);
            output.Stream.Write(Encoding.UTF8.GetBytes(best.ToJson().ToString() + "\n"));
            output.Commit();
            return ExitCodes.Success;
        }
        catch (Exception exception) when (exception is UserErrorException or ArgumentException)
        {
            Console.Error.WriteLine(Failure.Describe(exception));
            return ExitCodes.Error;
        }
    }
}

/// <summary>Searches for the rival's options as <c>Tune</c> does for Hydra's; trials are compared by the model without a prior.</summary>
internal static class RivalTuning
{
    /// <summary>Hydra's default space without the options that a SASRec does not have.</summary>
    public static HydraSearchSpace DefaultSpace { get; } =
        HydraSearchSpace.Default.Without(nameof(TrainerOptions.NumberOfLatentHeads)).Without(nameof(TrainerOptions.StateDimension));

    /// <summary>Searches.</summary>
    /// <param name="mlContext">The context that reads.</param>
    /// <param name="sequences">One row for each user, whose last item is not read.</param>
    /// <param name="options">The initial options, checked.</param>
    /// <param name="space">The options to vary.</param>
    /// <param name="trials">Number of trials, including the one with these options.</param>
    /// <param name="output">Receives one line for each trial.</param>
    /// <returns>The options of the best trial.</returns>
    /// <exception cref="ArgumentException">A SASRec does not have an option of the space, the heads do not divide one of its widths, there are too few trials, or the data have too few events to learn from.</exception>
    public static RivalOptions Run(MLContext mlContext, IDataView sequences, RivalOptions options, HydraSearchSpace space, int trials, TextWriter output)
    {
        if (space.OptionNames.FirstOrDefault(name => !RivalOptions.Has(name)) is string unknown)
        {
            throw new ArgumentException($"The search space varies {unknown}, which a SASRec does not have; leave it out.");
        }

        IDataView trainSet = mlContext.SequenceRecommendation().SplitLeaveLastOut(sequences).TrainSet;
        SequenceDataset data = SequenceReader.Read(trainSet, options.Training.ItemsColumnName).Dataset;
        var search = new HydraTuningOptions
        {
            TrainerOptions = options.Training,
            MaximumTrials = trials,
            Progress = new TuningProgress(Terminal.Create(output), animate: false, budget: null),
        };
        return options.With(TuningRun.Run(trainSet, space.Parameters, search, null, trial => Train(data, options.With(trial))).BestOptions);
    }

    private static TrialOutcome Train(SequenceDataset data, RivalOptions options)
    {
        try
        {
            using RivalFit fit = RivalFit.Train(data, options, _ => { });
            TrainingResult result = fit.Result;
            return new TrialOutcome(fit.ValidationNdcgAt10, result.BestEpoch, result.Epochs.Count, result.Epochs[^1].Elapsed, null);
        }
        catch (TrainingDivergedException diverged)
        {
            return new TrialOutcome(0, 0, diverged.Best.Epochs.Count, TimeSpan.Zero, diverged.Message);
        }
    }
}
