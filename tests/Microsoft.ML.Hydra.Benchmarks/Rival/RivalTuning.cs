using Microsoft.ML.Hydra.Cli.Reporting;
using Microsoft.ML.Hydra.Data;
using Microsoft.ML.Hydra.Training;
using Microsoft.ML.Hydra.Tuning;
using Options = Microsoft.ML.Hydra.HydraSequenceRecommendationTrainer.Options;

namespace Microsoft.ML.Hydra.Benchmarks.Rival;

/// <summary>Searches for the rival's options as <c>Tune</c> does for Hydra's; trials are compared by the model alone, as its row is.</summary>
internal static class RivalTuning
{
    private const int NarrowestWidth = 32;    // of the space; it divides the others

    /// <summary>Hydra's default space but for the options that a SASRec lacks.</summary>
    public static HydraSearchSpace Space { get; } =
        HydraSearchSpace.Default.Without(nameof(Options.NumberOfLatentHeads)).Without(nameof(Options.StateDimension));

    /// <summary>Searches.</summary>
    /// <param name="mlContext">The context that reads.</param>
    /// <param name="sequences">A row a user, whose last item stays unread.</param>
    /// <param name="options">The options to start from, checked.</param>
    /// <param name="trials">Trials, the one with these options among them.</param>
    /// <param name="output">Receives a line a trial.</param>
    /// <returns>The options of the best trial.</returns>
    /// <exception cref="ArgumentException">There are too few trials, the heads do not fit the space, or the data hold nothing to learn from.</exception>
    public static RivalOptions Run(MLContext mlContext, IDataView sequences, RivalOptions options, int trials, TextWriter output)
    {
        if (NarrowestWidth % options.NumberOfHeads != 0)
        {
            throw new ArgumentException(
                $"NumberOfHeads is {options.NumberOfHeads}, which does not divide the widths of the search; choose a divisor of {NarrowestWidth}.");
        }

        IDataView trainSet = mlContext.SequenceRecommendation().SplitLeaveLastOut(sequences).TrainSet;
        SequenceDataset data = SequenceEncoder.Encode(trainSet, options.Training.ItemsColumnName).Dataset;
        var search = new HydraTuningOptions
        {
            TrainerOptions = options.Training,
            MaximumTrials = trials,
            Progress = new TuningProgress(Terminal.Create(output), animate: false, budget: null),
        };
        return options.With(TuningRun.Run(trainSet, Space.Parameters, search, null, trial => Train(data, options.With(trial))).BestOptions);
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
