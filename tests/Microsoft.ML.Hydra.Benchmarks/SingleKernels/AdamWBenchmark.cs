using BenchmarkDotNet.Attributes;
using Microsoft.ML.Hydra.Benchmarks.Ours;

namespace Microsoft.ML.Hydra.Benchmarks.SingleKernels;

/// <summary>One step of AdamW over as many numbers as the model has weights.</summary>
public class AdamWBenchmark
{
    private HydraAdamW? _optimizer;

    [GlobalSetup]
    public void Setup() => _optimizer = new HydraAdamW(KernelShapes.Default.Model.NumberOfParameters, threads: 1);

    [GlobalCleanup]
    public void Cleanup() => _optimizer!.Dispose();

    [Benchmark]
    public void Step() => _optimizer!.Run();
}
