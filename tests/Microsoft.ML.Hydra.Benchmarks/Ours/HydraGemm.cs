using Microsoft.ML.Hydra.Benchmarks.Races;
using Microsoft.ML.Hydra.Numerics;

namespace Microsoft.ML.Hydra.Benchmarks.Ours;

/// <summary>A matrix product.</summary>
internal sealed unsafe class HydraGemm(GemmShape shape, int threads) : IEntrant
{
    private readonly Workspace _workspace = new(threads);
    private readonly float[] _a = Numbers.Uniform((long)shape.M * shape.K, -1, 1, 1);
    private readonly float[] _b = Numbers.Uniform((long)shape.K * shape.N, -1, 1, 2);
    private readonly float[] _c = new float[(long)shape.M * shape.N];

    public void Run()
    {
        fixed (float* a = _a, b = _b, c = _c)
        {
            ThreadedGemm.Run(shape, a, b, c, _workspace);
        }
    }

    public void Dispose() => _workspace.Dispose();
}
