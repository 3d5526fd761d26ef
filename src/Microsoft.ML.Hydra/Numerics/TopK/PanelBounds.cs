using System.Runtime.CompilerServices;

namespace Microsoft.ML.Hydra.Numerics;

/// <summary>Upper bounds of scores, from int8.</summary>
internal static unsafe class PanelBounds<TSimd, TVector>
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    private const int PanelRows = CatalogTable.PanelRows;

    /// <summary>
    /// Upper bounds of the scores of a panel, <c>s (t ⟨p, q⟩ + bound / s)</c>, where they are above the threshold, and a bit for
    /// each of these.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static ulong Run(Int8Panels panels, int panel, in Int8Query query, float threshold, float* uppers)
    {
        byte* codes = panels.Codes(panel);
        float* scales = panels.Scales(panel);
        int* groups = query.Groups;
        nint steps = panels.Steps;
        TVector scale = TSimd.Broadcast(query.Scale);
        TVector bound = TSimd.Broadcast(query.BoundOf(panels, panel));
        ulong above = 0;
        for (int lane = 0; lane < PanelRows; lane += 4 * TSimd.Lanes)
        {
            TVector s0 = TSimd.Broadcast(BitConverter.Int32BitsToSingle(query.Offset)), s1 = s0, s2 = s0, s3 = s0;
            byte* source = codes + (lane * 4);
            for (nint i = 0; i < steps; i++)
            {
                TVector p = TSimd.Broadcast(((float*)groups)[i]);
                s0 = TSimd.AddByteProducts(s0, source, p);
                s1 = TSimd.AddByteProducts(s1, source + (4 * TSimd.Lanes), p);
                s2 = TSimd.AddByteProducts(s2, source + (8 * TSimd.Lanes), p);
                s3 = TSimd.AddByteProducts(s3, source + (12 * TSimd.Lanes), p);
                source += PanelRows * 4;
            }

            s0 = TSimd.Multiply(TSimd.Load(scales + lane), TSimd.MultiplyAdd(TSimd.FromInt32(s0), scale, bound));
            s1 = TSimd.Multiply(TSimd.Load(scales + lane + TSimd.Lanes), TSimd.MultiplyAdd(TSimd.FromInt32(s1), scale, bound));
            s2 = TSimd.Multiply(TSimd.Load(scales + lane + (2 * TSimd.Lanes)), TSimd.MultiplyAdd(TSimd.FromInt32(s2), scale, bound));
            s3 = TSimd.Multiply(TSimd.Load(scales + lane + (3 * TSimd.Lanes)), TSimd.MultiplyAdd(TSimd.FromInt32(s3), scale, bound));
            ulong bits = Above(s0, s1, s2, s3, TSimd.Broadcast(threshold));
            if (bits != 0)
            {
                TSimd.Store(uppers + lane, s0);
                TSimd.Store(uppers + lane + TSimd.Lanes, s1);
                TSimd.Store(uppers + lane + (2 * TSimd.Lanes), s2);
                TSimd.Store(uppers + lane + (3 * TSimd.Lanes), s3);
                above |= bits << lane;
            }
        }

        return above;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Above(TVector s0, TVector s1, TVector s2, TVector s3, TVector threshold) =>
        TSimd.GreaterBits(s0, threshold)
        | ((ulong)TSimd.GreaterBits(s1, threshold) << TSimd.Lanes)
        | ((ulong)TSimd.GreaterBits(s2, threshold) << (2 * TSimd.Lanes))
        | ((ulong)TSimd.GreaterBits(s3, threshold) << (3 * TSimd.Lanes));
}
