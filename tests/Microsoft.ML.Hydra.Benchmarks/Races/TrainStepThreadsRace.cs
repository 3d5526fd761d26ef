using Microsoft.ML.Hydra.Benchmarks.Ours;
using Microsoft.ML.Hydra.Numerics;
using Microsoft.ML.Hydra.Training;

namespace Microsoft.ML.Hydra.Benchmarks.Races;

/// <summary>What more threads are worth: the inverse of the ratio is the speed-up.</summary>
internal sealed class TrainStepThreadsRace : PairedRace
{
    public override string Name => "train-step-threads";

    public override string Description => "One training step of Hydra with the given threads against the same step with one thread.";

    protected override IEnumerable<Heat> Heats(RaceSettings settings)
    {
        ModelSizes sizes = RaceModel.Sizes(settings);
        SequenceBatch batch = RaceModel.TrainingBatch(settings);
        yield return new Heat(
            "step", () => new HydraTraining(sizes, batch, settings.Threads), () => new HydraTraining(sizes, batch, threads: 1));
    }
}
