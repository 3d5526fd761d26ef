using Microsoft.ML.Hydra.Benchmarks.Ours;
using Microsoft.ML.Hydra.Benchmarks.Races;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Hydra.Benchmarks.Peers;

/// <summary>A matrix product by torch into memory that is there already.</summary>
internal sealed class TorchGemm(GemmShape shape) : IEntrant
{
    private readonly Tensor _a = shape.TransposeA ? randn(shape.K, shape.M) : randn(shape.M, shape.K);
    private readonly Tensor _b = shape.TransposeB ? randn(shape.N, shape.K) : randn(shape.K, shape.N);
    private readonly Tensor _c = empty(shape.M, shape.N);

    public void Run()
    {
        using DisposeScope scope = NewDisposeScope();
        _c.addmm_(shape.TransposeA ? _a.t() : _a, shape.TransposeB ? _b.t() : _b, beta: 0);
    }

    public void Dispose()
    {
        _a.Dispose();
        _b.Dispose();
        _c.Dispose();
    }
}
