using System.Runtime.CompilerServices;
using Microsoft.ML.Hydra.Numerics;

namespace Microsoft.ML.Hydra.Benchmarks.Machine;

/// <summary>Nothing but fused multiply-adds on registers: the most that a core can compute.</summary>
internal readonly unsafe struct MultiplyAddLoop(int steps, double* operations) : IWork
{
    // Independent sums, enough to hide the latency of the instruction
    private const int Chains = 12;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run<TSimd, TVector>(int task, Arena arena)
        where TSimd : struct, ISimd<TVector>
    {
        float* sums = arena.Floats(2 * TSimd.Lanes);
        TVector a = TSimd.Broadcast(0.999f), b = TSimd.Broadcast(0.001f);
        TVector s0 = b, s1 = b, s2 = b, s3 = b, s4 = b, s5 = b, s6 = b, s7 = b, s8 = b, s9 = b, s10 = b, s11 = b;
        for (int i = 0; i < steps; i++)
        {
            s0 = TSimd.MultiplyAdd(s0, a, b);
            s1 = TSimd.MultiplyAdd(s1, a, b);
            s2 = TSimd.MultiplyAdd(s2, a, b);
            s3 = TSimd.MultiplyAdd(s3, a, b);
            s4 = TSimd.MultiplyAdd(s4, a, b);
            s5 = TSimd.MultiplyAdd(s5, a, b);
            s6 = TSimd.MultiplyAdd(s6, a, b);
            s7 = TSimd.MultiplyAdd(s7, a, b);
            s8 = TSimd.MultiplyAdd(s8, a, b);
            s9 = TSimd.MultiplyAdd(s9, a, b);
            s10 = TSimd.MultiplyAdd(s10, a, b);
            s11 = TSimd.MultiplyAdd(s11, a, b);
        }

        TSimd.Store(sums, TSimd.Add(TSimd.Add(TSimd.Add(s0, s1), TSimd.Add(s2, s3)), TSimd.Add(s4, s5)));
        TSimd.Store(sums + TSimd.Lanes, TSimd.Add(TSimd.Add(TSimd.Add(s6, s7), TSimd.Add(s8, s9)), TSimd.Add(s10, s11)));
        *operations = 2.0 * Chains * TSimd.Lanes * steps;
    }
}
