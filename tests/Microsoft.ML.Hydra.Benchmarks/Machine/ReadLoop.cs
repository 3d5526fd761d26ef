using System.Runtime.CompilerServices;
using Microsoft.ML.Hydra.Numerics;

namespace Microsoft.ML.Hydra.Benchmarks.Machine;

/// <summary>The sum of a long array, read in four places at once: the fastest that a core can read.</summary>
internal readonly unsafe struct ReadLoop(float* values, nint count, float* sum) : IWork
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run<TSimd, TVector>(int task, Arena arena)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        TVector s0 = TSimd.Zero, s1 = TSimd.Zero, s2 = TSimd.Zero, s3 = TSimd.Zero;
        nint quarter = count / 4;
        float* v0 = values, v1 = v0 + quarter, v2 = v1 + quarter, v3 = v2 + quarter;
        for (nint i = 0; i + TSimd.Lanes <= quarter; i += TSimd.Lanes)
        {
            s0 = TSimd.Add(s0, TSimd.Load(v0 + i));
            s1 = TSimd.Add(s1, TSimd.Load(v1 + i));
            s2 = TSimd.Add(s2, TSimd.Load(v2 + i));
            s3 = TSimd.Add(s3, TSimd.Load(v3 + i));
        }

        *sum = TSimd.Sum(TSimd.Add(TSimd.Add(s0, s1), TSimd.Add(s2, s3)));
    }
}
