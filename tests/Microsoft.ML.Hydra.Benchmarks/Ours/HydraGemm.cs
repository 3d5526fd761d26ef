using Microsoft.ML.Hydra.Benchmarks.Races;
using Microsoft.ML.Hydra.Numerics;

namespace Microsoft.ML.Hydra.Benchmarks.Ours;

/// <summary>A matrix product.</summary>
internal sealed class HydraGemm(GemmShape shape, int threads) : IEntrant
{
    private readonly Workspace _workspace = new(threads);
    private readonly float[] _a = Numbers.Uniform((long)shape.M * shape.K, -1, 1, 1);
    private readonly float[] _b = Numbers.Uniform((long)shape.K * shape.N, -1, 1, 2);
    private readonly float[] _c = new float[(long)shape.M * shape.N];

    public void Run() => Gemm.Run(
        shape, new(_a, shape.TransposeA ? shape.M : shape.K), new(_b, shape.TransposeB ? shape.K : shape.N), new(_c, shape.N), _workspace);

    public void Dispose() => _workspace.Dispose();
}
