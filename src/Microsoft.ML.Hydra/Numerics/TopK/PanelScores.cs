using System.Runtime.CompilerServices;

namespace Microsoft.ML.Hydra.Numerics;

/// <summary>
/// Scores of a query, <c>Σ_i h_i e_i</c> summed in the order of i with one multiply-add for each term: the same bits as
/// <see cref="GemmTile{TSimd, TVector}"/> and <see cref="RowScores"/> give.
/// </summary>
internal static unsafe class PanelScores<TSimd, TVector>
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    private const int PanelRows = CatalogTable.PanelRows;

    /// <summary>The scores of a panel, and a bit for each row above the threshold.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static ulong Run(float* panel, float* query, int width, float threshold, float* scores)
    {
        for (int lane = 0; lane < PanelRows; lane += TSimd.Lanes * (TSimd.HasManyRegisters ? 4 : 8))
        {
            if (TSimd.HasManyRegisters)
            {
                Four(panel + lane, query, width, scores + lane);
            }
            else
            {
                Eight(panel + lane, query, width, scores + lane);
            }
        }

        return Above(scores, threshold);
    }

    /// <summary>A bit for each of 64 numbers that is above the threshold.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Above(float* values, float threshold)
    {
        TVector t = TSimd.Broadcast(threshold);
        ulong above = 0;
        for (int lane = 0; lane < PanelRows; lane += TSimd.Lanes)
        {
            above |= (ulong)TSimd.GreaterBits(TSimd.Load(values + lane), t) << lane;
        }

        return above;
    }

    // A whole panel of 512-bit vectors.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Four(float* panel, float* query, int width, float* scores)
    {
        TVector s0 = TSimd.Zero, s1 = s0, s2 = s0, s3 = s0;
        for (nint i = 0; i < width; i++, panel += PanelRows)
        {
            TVector h = TSimd.Broadcast(query[i]);
            s0 = TSimd.MultiplyAdd(h, TSimd.Load(panel), s0);
            s1 = TSimd.MultiplyAdd(h, TSimd.Load(panel + TSimd.Lanes), s1);
            s2 = TSimd.MultiplyAdd(h, TSimd.Load(panel + (2 * TSimd.Lanes)), s2);
            s3 = TSimd.MultiplyAdd(h, TSimd.Load(panel + (3 * TSimd.Lanes)), s3);
        }

        TSimd.Store(scores, s0);
        TSimd.Store(scores + TSimd.Lanes, s1);
        TSimd.Store(scores + (2 * TSimd.Lanes), s2);
        TSimd.Store(scores + (3 * TSimd.Lanes), s3);
    }

    // A whole panel of 256-bit vectors: read in one go, as memory likes it.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Eight(float* panel, float* query, int width, float* scores)
    {
        TVector s0 = TSimd.Zero, s1 = s0, s2 = s0, s3 = s0, s4 = s0, s5 = s0, s6 = s0, s7 = s0;
        for (nint i = 0; i < width; i++, panel += PanelRows)
        {
            TVector h = TSimd.Broadcast(query[i]);
            s0 = TSimd.MultiplyAdd(h, TSimd.Load(panel), s0);
            s1 = TSimd.MultiplyAdd(h, TSimd.Load(panel + TSimd.Lanes), s1);
            s2 = TSimd.MultiplyAdd(h, TSimd.Load(panel + (2 * TSimd.Lanes)), s2);
            s3 = TSimd.MultiplyAdd(h, TSimd.Load(panel + (3 * TSimd.Lanes)), s3);
            s4 = TSimd.MultiplyAdd(h, TSimd.Load(panel + (4 * TSimd.Lanes)), s4);
            s5 = TSimd.MultiplyAdd(h, TSimd.Load(panel + (5 * TSimd.Lanes)), s5);
            s6 = TSimd.MultiplyAdd(h, TSimd.Load(panel + (6 * TSimd.Lanes)), s6);
            s7 = TSimd.MultiplyAdd(h, TSimd.Load(panel + (7 * TSimd.Lanes)), s7);
        }

        TSimd.Store(scores, s0);
        TSimd.Store(scores + TSimd.Lanes, s1);
        TSimd.Store(scores + (2 * TSimd.Lanes), s2);
        TSimd.Store(scores + (3 * TSimd.Lanes), s3);
        TSimd.Store(scores + (4 * TSimd.Lanes), s4);
        TSimd.Store(scores + (5 * TSimd.Lanes), s5);
        TSimd.Store(scores + (6 * TSimd.Lanes), s6);
        TSimd.Store(scores + (7 * TSimd.Lanes), s7);
    }
}
