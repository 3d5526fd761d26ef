using BenchmarkDotNet.Attributes;
using Microsoft.ML.Hydra.Benchmarks.Ours;

namespace Microsoft.ML.Hydra.Benchmarks.SingleKernels;

/// <summary>The gated RMSNorm after the scan of one layer.</summary>
public class NormBenchmark
{
    private HydraNorm? _norm;

    [GlobalSetup]
    public void Setup() => _norm = new HydraNorm(KernelShapes.Default.ScanNormRows, KernelShapes.Default.Model.InnerWidth, threads: 1);

    [GlobalCleanup]
    public void Cleanup() => _norm!.Dispose();

    [Benchmark]
    public void Forward() => _norm!.Forward();

    [Benchmark]
    public void Backward() => _norm!.Backward();
}
