using System.Runtime.CompilerServices;

namespace Microsoft.ML.Hydra.Numerics;

/// <summary>
/// The innermost products: a tile of C that stays in registers while k runs,
/// <c>c[i, j] = Σ_k a[i, k] b[k, j]</c>, summed in the order of k, or that added to the old c.
/// Element a[i, k] is at <c>a[i · aRow + k · aStep]</c>; row k of b at <c>b[k · bStep]</c>.
/// </summary>
internal static unsafe class GemmTile<TSimd, TVector>
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    /// <summary>Rows of a tile.</summary>
    public static int Rows => TSimd.HasManyRegisters ? 12 : 6;

    /// <summary>Columns of a tile.</summary>
    public static int Columns => 2 * TSimd.Lanes;

    /// <summary>Rows to compute for a last tile of which only <paramref name="rows"/> are wanted.</summary>
    public static int LastRows(int rows) => rows <= 6 ? 6 : 12;

    /// <summary>One tile of 6 or 12 rows × <see cref="Columns"/>, or × half of them: one vector.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Run(
        int rows, bool isNarrow, int k, float* a, nint aRow, nint aStep, float* b, nint bStep, float* c, nint cRow, bool adds)
    {
        if (isNarrow)
        {
            for (int row = 0; row < rows; row += 6)
            {
                SixNarrow(k, a + (row * aRow), aRow, aStep, b, bStep, c + (row * cRow), cRow, adds);
            }
        }
        else if (rows == 12)
        {
            Twelve(k, a, aRow, aStep, b, bStep, c, cRow, adds);
        }
        else
        {
            Six(k, a, aRow, aStep, b, bStep, c, cRow, adds);
        }
    }

    /// <summary>6 sums, enough to hide the latency of a multiply-add where vectors are wide.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void SixNarrow(int k, float* a, nint aRow, nint aStep, float* b, nint bStep, float* c, nint cRow, bool adds)
    {
        TVector c0 = TSimd.Zero, c1 = TSimd.Zero, c2 = TSimd.Zero, c3 = TSimd.Zero, c4 = TSimd.Zero, c5 = TSimd.Zero;
        float* a0 = a, a3 = a + (3 * aRow);
        nint aRow2 = 2 * aRow;
        for (; k > 0; k--)
        {
            TVector v = TSimd.Load(b);
            c0 = TSimd.MultiplyAdd(TSimd.Broadcast(*a0), v, c0);
            c1 = TSimd.MultiplyAdd(TSimd.Broadcast(a0[aRow]), v, c1);
            c2 = TSimd.MultiplyAdd(TSimd.Broadcast(a0[aRow2]), v, c2);
            c3 = TSimd.MultiplyAdd(TSimd.Broadcast(*a3), v, c3);
            c4 = TSimd.MultiplyAdd(TSimd.Broadcast(a3[aRow]), v, c4);
            c5 = TSimd.MultiplyAdd(TSimd.Broadcast(a3[aRow2]), v, c5);
            a0 += aStep;
            a3 += aStep;
            b += bStep;
        }

        Put(c, c0, adds);
        Put(c + cRow, c1, adds);
        Put(c + (2 * cRow), c2, adds);
        Put(c + (3 * cRow), c3, adds);
        Put(c + (4 * cRow), c4, adds);
        Put(c + (5 * cRow), c5, adds);
    }

    /// <summary>12 sums in 16 registers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Six(
        int k, float* a, nint aRow, nint aStep, float* b, nint bStep, float* c, nint cRow, bool adds)
    {
        TVector c00 = TSimd.Zero, c01 = TSimd.Zero;
        TVector c10 = TSimd.Zero, c11 = TSimd.Zero;
        TVector c20 = TSimd.Zero, c21 = TSimd.Zero;
        TVector c30 = TSimd.Zero, c31 = TSimd.Zero;
        TVector c40 = TSimd.Zero, c41 = TSimd.Zero;
        TVector c50 = TSimd.Zero, c51 = TSimd.Zero;
        float* a0 = a, a3 = a + (3 * aRow);
        nint aRow2 = 2 * aRow;
        for (; k > 0; k--)
        {
            TVector b0 = TSimd.Load(b), b1 = TSimd.Load(b + TSimd.Lanes);
            TVector v = TSimd.Broadcast(*a0);
            c00 = TSimd.MultiplyAdd(v, b0, c00);
            c01 = TSimd.MultiplyAdd(v, b1, c01);
            v = TSimd.Broadcast(a0[aRow]);
            c10 = TSimd.MultiplyAdd(v, b0, c10);
            c11 = TSimd.MultiplyAdd(v, b1, c11);
            v = TSimd.Broadcast(a0[aRow2]);
            c20 = TSimd.MultiplyAdd(v, b0, c20);
            c21 = TSimd.MultiplyAdd(v, b1, c21);
            v = TSimd.Broadcast(*a3);
            c30 = TSimd.MultiplyAdd(v, b0, c30);
            c31 = TSimd.MultiplyAdd(v, b1, c31);
            v = TSimd.Broadcast(a3[aRow]);
            c40 = TSimd.MultiplyAdd(v, b0, c40);
            c41 = TSimd.MultiplyAdd(v, b1, c41);
            v = TSimd.Broadcast(a3[aRow2]);
            c50 = TSimd.MultiplyAdd(v, b0, c50);
            c51 = TSimd.MultiplyAdd(v, b1, c51);
            a0 += aStep;
            a3 += aStep;
            b += bStep;
        }

        Put(c, c00, c01, adds);
        Put(c + cRow, c10, c11, adds);
        Put(c + (2 * cRow), c20, c21, adds);
        Put(c + (3 * cRow), c30, c31, adds);
        Put(c + (4 * cRow), c40, c41, adds);
        Put(c + (5 * cRow), c50, c51, adds);
    }

    /// <summary>24 sums in 32 registers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Twelve(
        int k, float* a, nint aRow, nint aStep, float* b, nint bStep, float* c, nint cRow, bool adds)
    {
        TVector c00 = TSimd.Zero, c01 = TSimd.Zero;
        TVector c10 = TSimd.Zero, c11 = TSimd.Zero;
        TVector c20 = TSimd.Zero, c21 = TSimd.Zero;
        TVector c30 = TSimd.Zero, c31 = TSimd.Zero;
        TVector c40 = TSimd.Zero, c41 = TSimd.Zero;
        TVector c50 = TSimd.Zero, c51 = TSimd.Zero;
        TVector c60 = TSimd.Zero, c61 = TSimd.Zero;
        TVector c70 = TSimd.Zero, c71 = TSimd.Zero;
        TVector c80 = TSimd.Zero, c81 = TSimd.Zero;
        TVector c90 = TSimd.Zero, c91 = TSimd.Zero;
        TVector c100 = TSimd.Zero, c101 = TSimd.Zero;
        TVector c110 = TSimd.Zero, c111 = TSimd.Zero;
        float* a0 = a, a3 = a + (3 * aRow), a6 = a + (6 * aRow), a9 = a + (9 * aRow);
        nint aRow2 = 2 * aRow;
        for (; k > 0; k--)
        {
            TVector b0 = TSimd.Load(b), b1 = TSimd.Load(b + TSimd.Lanes);
            TVector v = TSimd.Broadcast(*a0);
            c00 = TSimd.MultiplyAdd(v, b0, c00);
            c01 = TSimd.MultiplyAdd(v, b1, c01);
            v = TSimd.Broadcast(a0[aRow]);
            c10 = TSimd.MultiplyAdd(v, b0, c10);
            c11 = TSimd.MultiplyAdd(v, b1, c11);
            v = TSimd.Broadcast(a0[aRow2]);
            c20 = TSimd.MultiplyAdd(v, b0, c20);
            c21 = TSimd.MultiplyAdd(v, b1, c21);
            v = TSimd.Broadcast(*a3);
            c30 = TSimd.MultiplyAdd(v, b0, c30);
            c31 = TSimd.MultiplyAdd(v, b1, c31);
            v = TSimd.Broadcast(a3[aRow]);
            c40 = TSimd.MultiplyAdd(v, b0, c40);
            c41 = TSimd.MultiplyAdd(v, b1, c41);
            v = TSimd.Broadcast(a3[aRow2]);
            c50 = TSimd.MultiplyAdd(v, b0, c50);
            c51 = TSimd.MultiplyAdd(v, b1, c51);
            v = TSimd.Broadcast(*a6);
            c60 = TSimd.MultiplyAdd(v, b0, c60);
            c61 = TSimd.MultiplyAdd(v, b1, c61);
            v = TSimd.Broadcast(a6[aRow]);
            c70 = TSimd.MultiplyAdd(v, b0, c70);
            c71 = TSimd.MultiplyAdd(v, b1, c71);
            v = TSimd.Broadcast(a6[aRow2]);
            c80 = TSimd.MultiplyAdd(v, b0, c80);
            c81 = TSimd.MultiplyAdd(v, b1, c81);
            v = TSimd.Broadcast(*a9);
            c90 = TSimd.MultiplyAdd(v, b0, c90);
            c91 = TSimd.MultiplyAdd(v, b1, c91);
            v = TSimd.Broadcast(a9[aRow]);
            c100 = TSimd.MultiplyAdd(v, b0, c100);
            c101 = TSimd.MultiplyAdd(v, b1, c101);
            v = TSimd.Broadcast(a9[aRow2]);
            c110 = TSimd.MultiplyAdd(v, b0, c110);
            c111 = TSimd.MultiplyAdd(v, b1, c111);
            a0 += aStep;
            a3 += aStep;
            a6 += aStep;
            a9 += aStep;
            b += bStep;
        }

        Put(c, c00, c01, adds);
        Put(c + cRow, c10, c11, adds);
        Put(c + (2 * cRow), c20, c21, adds);
        Put(c + (3 * cRow), c30, c31, adds);
        Put(c + (4 * cRow), c40, c41, adds);
        Put(c + (5 * cRow), c50, c51, adds);
        Put(c + (6 * cRow), c60, c61, adds);
        Put(c + (7 * cRow), c70, c71, adds);
        Put(c + (8 * cRow), c80, c81, adds);
        Put(c + (9 * cRow), c90, c91, adds);
        Put(c + (10 * cRow), c100, c101, adds);
        Put(c + (11 * cRow), c110, c111, adds);
    }

    // The old content is not read unless it is added to: it may be uninitialised.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Put(float* c, TVector sum, bool adds) => TSimd.Store(c, adds ? TSimd.Add(TSimd.Load(c), sum) : sum);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Put(float* c, TVector sum0, TVector sum1, bool adds)
    {
        if (adds)
        {
            sum0 = TSimd.Add(TSimd.Load(c), sum0);
            sum1 = TSimd.Add(TSimd.Load(c + TSimd.Lanes), sum1);
        }

        TSimd.Store(c, sum0);
        TSimd.Store(c + TSimd.Lanes, sum1);
    }
}
