using BenchmarkDotNet.Attributes;
using Microsoft.ML.Hydra.Benchmarks.Ours;
using Microsoft.ML.Hydra.Numerics;

namespace Microsoft.ML.Hydra.Benchmarks.SingleKernels;

/// <summary>The selective scan of one layer.</summary>
public class ScanBenchmark
{
    private HydraScan? _scan;

    [GlobalSetup]
    public void Setup()
    {
        ModelConfiguration sizes = TrainingSizes.Model;
        _scan = new HydraScan(
            new ScanShape(
                sizes.LatentHeads, TrainingSizes.Sequences, TrainingSizes.Length, sizes.InnerHeads, sizes.InnerHeadWidth, sizes.StateSize),
            threads: 1);
    }

    [GlobalCleanup]
    public void Cleanup() => _scan!.Dispose();

    [Benchmark]
    public void Forward() => _scan!.Forward();

    [Benchmark]
    public void Backward() => _scan!.Backward();
}
