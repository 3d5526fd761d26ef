using System.Runtime.CompilerServices;
using Microsoft.ML.Hydra.Numerics;

namespace Microsoft.ML.Hydra.Benchmarks.Machine;

/// <summary>The sum of a long array: nothing but reading. Which of the two ways is the faster depends on the machine and what else it does.</summary>
/// <param name="values">The array.</param>
/// <param name="count">Its length.</param>
/// <param name="inOrder">Whether it is read from one end to the other, or in four places at once.</param>
/// <param name="sum">Receives the sum.</param>
internal readonly unsafe struct ReadLoop(float* values, nint count, bool inOrder, float* sum) : IWork
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run<TSimd, TVector>(int task, Arena arena)
        where TSimd : struct, ISimd<TVector>
    {
        TVector s0 = TSimd.Zero, s1 = TSimd.Zero, s2 = TSimd.Zero, s3 = TSimd.Zero;
        nint distance = inOrder ? TSimd.Lanes : count / 4, step = inOrder ? 4 * TSimd.Lanes : TSimd.Lanes;
        float* v0 = values, v1 = v0 + distance, v2 = v1 + distance, v3 = v2 + distance;
        for (nint left = count / 4; left >= TSimd.Lanes; left -= TSimd.Lanes)
        {
            s0 = TSimd.Add(s0, TSimd.Load(v0));
            s1 = TSimd.Add(s1, TSimd.Load(v1));
            s2 = TSimd.Add(s2, TSimd.Load(v2));
            s3 = TSimd.Add(s3, TSimd.Load(v3));
            v0 += step;
            v1 += step;
            v2 += step;
            v3 += step;
        }

        *sum = TSimd.Sum(TSimd.Add(TSimd.Add(s0, s1), TSimd.Add(s2, s3)));
    }
}
