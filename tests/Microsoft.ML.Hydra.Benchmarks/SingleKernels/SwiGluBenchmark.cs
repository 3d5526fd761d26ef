using BenchmarkDotNet.Attributes;
using Microsoft.ML.Hydra.Benchmarks.Ours;
using Microsoft.ML.Hydra.Numerics;

namespace Microsoft.ML.Hydra.Benchmarks.SingleKernels;

/// <summary>The gated product of one feed-forward.</summary>
public class SwiGluBenchmark
{
    private static readonly int s_width = TrainingSizes.Model.FeedForwardWidth;

    private readonly Workspace _workspace = new(1);
    private readonly float[] _gateUp = Numbers.Uniform(2L * TrainingSizes.Tokens * s_width, -1, 1, 1);
    private readonly float[] _dy = Numbers.Uniform((long)TrainingSizes.Tokens * s_width, -1, 1, 2);
    private readonly float[] _y = new float[TrainingSizes.Tokens * s_width];
    private readonly float[] _gradient = new float[2 * TrainingSizes.Tokens * s_width];

    [Benchmark]
    public void Forward() => SwiGlu.Forward(TrainingSizes.Tokens, s_width, new(_gateUp, 2 * s_width), new(_y, s_width), _workspace);

    [Benchmark]
    public void Backward() => SwiGlu.Backward(
        TrainingSizes.Tokens, s_width, new(_gateUp, 2 * s_width), new(_dy, s_width), new(_gradient, 2 * s_width), _workspace);
}
