using Microsoft.ML.Hydra.Cli.Reporting;
using Microsoft.ML.Hydra.Items;
using Microsoft.ML.Hydra.Training;
using Microsoft.ML.Hydra.Tuning;

namespace Microsoft.ML.Hydra.Benchmarks.Rival;

/// <summary>Searches for the rival's options as <c>Tune</c> does for Hydra's; trials are compared by the model alone, as its row is.</summary>
internal static class RivalTuning
{
    /// <summary>Hydra's default space but for the options that a SASRec lacks.</summary>
    public static HydraSearchSpace DefaultSpace { get; } =
        HydraSearchSpace.Default.Without(nameof(TrainerOptions.NumberOfLatentHeads)).Without(nameof(TrainerOptions.StateDimension));

    /// <summary>Searches.</summary>
    /// <param name="mlContext">The context that reads.</param>
    /// <param name="sequences">A row a user, whose last item stays unread.</param>
    /// <param name="options">The options to start from, checked.</param>
    /// <param name="space">The options to vary.</param>
    /// <param name="trials">Trials, the one with these options among them.</param>
    /// <param name="output">Receives a line a trial.</param>
    /// <returns>The options of the best trial.</returns>
    /// <exception cref="ArgumentException">A SASRec lacks an option of the space, the heads do not divide one of its widths, there are too few trials, or the data hold nothing to learn from.</exception>
    public static RivalOptions Run(MLContext mlContext, IDataView sequences, RivalOptions options, HydraSearchSpace space, int trials, TextWriter output)
    {
        if (space.OptionNames.FirstOrDefault(name => !RivalOptions.Has(name)) is string unknown)
        {
            throw new ArgumentException($"The search space varies {unknown}, which a SASRec lacks; leave it out.");
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
