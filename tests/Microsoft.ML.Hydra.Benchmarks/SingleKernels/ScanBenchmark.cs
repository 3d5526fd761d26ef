using BenchmarkDotNet.Attributes;
using Microsoft.ML.Hydra.Benchmarks.Ours;

namespace Microsoft.ML.Hydra.Benchmarks.SingleKernels;

/// <summary>The selective scan of one layer.</summary>
public class ScanBenchmark
{
    private HydraScan? _scan;

    [GlobalSetup]
    public void Setup() => _scan = new HydraScan(KernelShapes.Default.Scan, threads: 1);

    [GlobalCleanup]
    public void Cleanup() => _scan!.Dispose();

    [Benchmark]
    public void Forward() => _scan!.Forward();

    [Benchmark]
    public void Backward() => _scan!.Backward();
}
