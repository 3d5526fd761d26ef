using BenchmarkDotNet.Attributes;
using Microsoft.ML.Hydra.Benchmarks.Ours;

namespace Microsoft.ML.Hydra.Benchmarks.SingleKernels;

/// <summary>The gated product of one feed-forward.</summary>
public class SwiGluBenchmark
{
    private HydraSwiGlu? _product;

    [GlobalSetup]
    public void Setup() => _product = new HydraSwiGlu(KernelShapes.Default.Tokens, KernelShapes.Default.Model.FeedForwardWidth, threads: 1);

    [GlobalCleanup]
    public void Cleanup() => _product!.Dispose();

    [Benchmark]
    public void Forward() => _product!.Forward();

    [Benchmark]
    public void Backward() => _product!.Backward();
}
