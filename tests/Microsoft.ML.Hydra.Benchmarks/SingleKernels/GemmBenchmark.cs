using BenchmarkDotNet.Attributes;
using Microsoft.ML.Hydra.Benchmarks.Machine;
using Microsoft.ML.Hydra.Benchmarks.Ours;

namespace Microsoft.ML.Hydra.Benchmarks.SingleKernels;

/// <summary>The matrix products of a training step.</summary>
public class GemmBenchmark
{
    private HydraGemm? _gemm;

    [ParamsSource(nameof(Products))]
    public string Product { get; set; } = "";

    public static IEnumerable<string> Products => GemmShapes.OfStep(KernelShapes.Default).Select(product => product.Name);

    [GlobalSetup]
    public void Setup() => _gemm = new HydraGemm(
        GemmShapes.OfStep(KernelShapes.Default).Single(product => product.Name == Product).Shape, threads: 1);

    [GlobalCleanup]
    public void Cleanup() => _gemm!.Dispose();

    [Benchmark]
    public void Multiply() => _gemm!.Run();
}
