using BenchmarkDotNet.Attributes;
using Microsoft.ML.Hydra.Benchmarks.Ours;
using Microsoft.ML.Hydra.Numerics;

namespace Microsoft.ML.Hydra.Benchmarks.SingleKernels;

/// <summary>The exact softmax cross-entropy over the catalogue with all gradients.</summary>
public class SoftmaxBenchmark
{
    private HydraLoss? _loss;

    [GlobalSetup]
    public void Setup() => _loss = new HydraLoss(
        new SoftmaxShape(TrainingSizes.Tokens, TrainingSizes.Model.NumberOfItems, TrainingSizes.Model.Width), threads: 1);

    [GlobalCleanup]
    public void Cleanup() => _loss!.Dispose();

    [Benchmark]
    public void ForwardAndBackward() => _loss!.Run();
}
