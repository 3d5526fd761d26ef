using Microsoft.ML.Hydra.Tests.Integration;
using Microsoft.ML.Hydra.Tuning;

namespace Microsoft.ML.Hydra.Tests.Tuning;

/// <summary>Searches in which a function stands for the training.</summary>
internal static class FakeTraining
{
    /// <summary>Learning rates only.</summary>
    public static readonly HydraSearchSpace Space = new HydraSearchSpace().WithLogUniform("LearningRate", 1e-3, 1e-1);

    /// <summary>Searches by a function that gives the metric, or null for a training that diverges.</summary>
    public static HydraTuningResult Tune(HydraTuningOptions options, Func<TrainerOptions, double?> ndcg, HydraSearchSpace? space = null, int customers = 5) =>
        TuningRun.Run(
            Shelves.Load(new MLContext(), Shelves.Texts(customers)),
            (space ?? Space).Parameters,
            options,
            contextSeed: null,
            trainer => ndcg(trainer) is double metric
                ? new TrialOutcome(metric, 1, trainer.NumberOfEpochs, TimeSpan.Zero, null)
                : new TrialOutcome(0, 0, 0, TimeSpan.Zero, "It diverged."));

    /// <summary>Options of a search with trainings of 1, 3 and 9 epochs.</summary>
    public static HydraTuningOptions Options(int trials) => new()
    {
        MaximumTrials = trials,
        MinimumEpochs = 1,
        TrainerOptions = new TrainerOptions { Seed = 5, NumberOfEpochs = 9 },
    };

    /// <summary>Best at a learning rate of 0.01, better with epochs.</summary>
    public static double? Metric(TrainerOptions trainer) => trainer.NumberOfEpochs / 100.0 - Math.Abs(Math.Log10(trainer.LearningRate ?? 6e-3) + 2) / 10 + 0.5;

    /// <summary>A trial without its time.</summary>
    public static string Text(HydraTrial trial) => FormattableString.Invariant(
        $"{trial.Number} c{trial.Configuration} {trial.NumberOfEpochsTrained}/{trial.NumberOfEpochs} {trial.ValidationNdcgAt10:R}@{trial.BestEpoch} {string.Join(' ', trial.Changes.Select(change => FormattableString.Invariant($"{change.Key}={change.Value}")))} {trial.IsBest} {trial.Failure}");
}
