using Microsoft.ML.Hydra.Benchmarks.Ours;
using Microsoft.ML.Hydra.Benchmarks.Races;
using Microsoft.ML.Hydra.Numerics;

namespace Microsoft.ML.Hydra.Benchmarks.SingleKernels;

/// <summary>The sizes in which kernels are measured: those of the raced training step (d 64, 128 sequences of 200), one thread.</summary>
internal static class TrainingSizes
{
    public const int Length = 200;

    public const int Sequences = 128;

    public const int Tokens = Sequences * Length;

    public static ModelConfiguration Model { get; } = RaceModel.Sizes(new RaceSettings(Length, Dimension: 64, Threads: 1, Rounds: 1));
}
