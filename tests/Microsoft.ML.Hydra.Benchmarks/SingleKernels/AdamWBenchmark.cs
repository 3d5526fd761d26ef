using BenchmarkDotNet.Attributes;
using Microsoft.ML.Hydra.Benchmarks.Ours;
using Microsoft.ML.Hydra.Numerics;

namespace Microsoft.ML.Hydra.Benchmarks.SingleKernels;

/// <summary>One step of AdamW over as many numbers as the model has weights.</summary>
public class AdamWBenchmark
{
    private static readonly long s_count = TrainingSizes.Model.NumberOfParameters;

    private readonly Workspace _workspace = new(1);
    private readonly float[] _parameter = Numbers.Uniform(s_count, -1, 1, 1);
    private readonly float[] _gradient = Numbers.Uniform(s_count, -1, 1, 2);
    private readonly float[] _first = new float[s_count];
    private readonly float[] _second = new float[s_count];

    [Benchmark]
    public void Step() => AdamWUpdate.Run(new AdamWStep(Number: 1, 1e-3, 0.9, 0.98), _parameter, _gradient, _first, _second, _workspace);
}
