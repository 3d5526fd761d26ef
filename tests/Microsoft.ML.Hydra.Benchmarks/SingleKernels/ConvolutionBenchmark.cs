using BenchmarkDotNet.Attributes;
using Microsoft.ML.Hydra.Benchmarks.Ours;

namespace Microsoft.ML.Hydra.Benchmarks.SingleKernels;

/// <summary>The causal convolution with SiLU of one layer.</summary>
public class ConvolutionBenchmark
{
    private HydraConvolution? _convolution;

    [GlobalSetup]
    public void Setup() => _convolution = new HydraConvolution(KernelShapes.Default.Convolution, threads: 1);

    [GlobalCleanup]
    public void Cleanup() => _convolution!.Dispose();

    [Benchmark]
    public void Forward() => _convolution!.Forward();

    [Benchmark]
    public void Backward() => _convolution!.Backward();
}
