using Microsoft.ML.Hydra.Benchmarks.Ours;
using Microsoft.ML.Hydra.Benchmarks.Peers;
using Microsoft.ML.Hydra.Numerics;
using Microsoft.ML.Hydra.Training;

namespace Microsoft.ML.Hydra.Benchmarks.Races;

/// <summary>A whole optimiser step against SASRec in torch.</summary>
internal sealed class TrainStepRace : PairedRace
{
    public override string Name => "train-step";

    public override string Description =>
        "One training step (2 layers, 25,600 tokens, 3,500 items): Hydra against a SASRec with as many weights in torch operations.";

    protected override IEnumerable<Heat> Heats(RaceSettings settings)
    {
        ModelSizes sizes = RaceModel.Sizes(settings);
        SequenceBatch batch = RaceModel.TrainingBatch(settings);
        yield return new Heat(
            "step",
            () => new HydraTraining(sizes, batch, settings.Threads),
            () => SasRecTraining.InTorch(SasRecSizes.Matching(sizes, settings.Length, new TorchParts()), RaceModel.Dropout, batch));
    }
}

/// <summary>A whole optimiser step against a SASRec with our kernels.</summary>
internal sealed class TrainStepSameLossRace : PairedRace
{
    public override string Name => "train-step-same-loss";

    public override string Description =>
        "One training step (2 layers, 25,600 tokens, 3,500 items): Hydra against a SASRec with as many weights with our loss, optimiser, norms, feed-forward and matrix products.";

    protected override IEnumerable<Heat> Heats(RaceSettings settings)
    {
        ModelSizes sizes = RaceModel.Sizes(settings);
        SequenceBatch batch = RaceModel.TrainingBatch(settings);
        yield return new Heat(
            "step",
            () => new HydraTraining(sizes, batch, settings.Threads),
            () => SasRecTraining.WithKernels(
                SasRecSizes.Matching(sizes, settings.Length, new FusedParts(settings.Threads)), RaceModel.Dropout, batch, settings.Threads));
    }
}

/// <summary>The effect of more threads: the inverse of the ratio is the speed-up.</summary>
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
