using BenchmarkDotNet.Attributes;
using Microsoft.ML.Hydra.Benchmarks.Ours;

namespace Microsoft.ML.Hydra.Benchmarks.SingleKernels;

/// <summary>The exact softmax cross-entropy over the catalogue with all gradients.</summary>
public class SoftmaxBenchmark
{
    private HydraLoss? _loss;

    [GlobalSetup]
    public void Setup() => _loss = new HydraLoss(KernelShapes.Default.Loss, threads: 1);

    [GlobalCleanup]
    public void Cleanup() => _loss!.Dispose();

    [Benchmark]
    public void ForwardAndBackward() => _loss!.Run();
}
