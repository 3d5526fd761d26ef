using System.Runtime.CompilerServices;
using Microsoft.ML.Hydra.Numerics;

namespace Microsoft.ML.Hydra.Benchmarks.Machine;

/// <summary>The sum of a long array: the fastest that a core can read.</summary>
internal readonly unsafe struct ReadLoop(float* values, nint count, float* sum) : IWork
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run<TSimd, TVector>(int task, Arena arena)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        TVector s0 = TSimd.Zero, s1 = TSimd.Zero, s2 = TSimd.Zero, s3 = TSimd.Zero;
        nint lanes = TSimd.Lanes;
        for (nint i = 0; i + (4 * lanes) <= count; i += 4 * lanes)
        {
            s0 = TSimd.Add(s0, TSimd.Load(values + i));
            s1 = TSimd.Add(s1, TSimd.Load(values + i + lanes));
            s2 = TSimd.Add(s2, TSimd.Load(values + i + (2 * lanes)));
            s3 = TSimd.Add(s3, TSimd.Load(values + i + (3 * lanes)));
        }

        *sum = TSimd.Sum(TSimd.Add(TSimd.Add(s0, s1), TSimd.Add(s2, s3)));
    }
}
