namespace Microsoft.ML.Hydra.Numerics;

/// <summary>
/// The innermost products: a tile of C that stays in registers while k runs,
/// <c>c[i, j] = Σ_k a[i, k] b[k, j]</c>, summed in the order of k; the sum replaces c or is added to it.
/// Row k of b is row k of a panel, which is <see cref="Columns"/> wide.
/// </summary>
internal static unsafe class GemmTile<TSimd, TVector>
    where TSimd : struct, ISimd<TVector>
{
    /// <summary>Rows of a tile.</summary>
    public static int Rows => TSimd.HasManyRegisters ? 12 : 6;

    /// <summary>Columns of a tile.</summary>
    public static int Columns => 2 * TSimd.Lanes;

    /// <summary>Rows to compute for a last tile of which only <paramref name="rows"/> are needed.</summary>
    public static int LastRows(int rows) => rows <= 6 ? 6 : 12;

    /// <summary>One tile of 6 or 12 rows × <see cref="Columns"/>, or × half of them: one vector.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Run(GemmSizes tile, MatrixPointer a, float* panel, RowPointer c, bool adds)
    {
        if (tile.N == TSimd.Lanes)
        {
            for (int row = 0; row < tile.M; row += 6)
            {
                SixNarrow(tile.K, a.From(row, 0), panel, c.From(row), adds);
            }
        }
        else if (tile.M == 12)
        {
            Twelve(tile.K, a, panel, c, adds);
        }
        else
        {
            Six(tile.K, a, panel, c, adds);
        }
    }

    /// <summary>6 sums, enough to hide the latency of a multiply-add where vectors are wide.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void SixNarrow(int k, MatrixPointer a, float* b, RowPointer c, bool adds)
    {
        TVector c0 = TSimd.Zero, c1 = TSimd.Zero, c2 = TSimd.Zero, c3 = TSimd.Zero, c4 = TSimd.Zero, c5 = TSimd.Zero;
        nint aRow = a.Row, aStep = a.Column;
        float* a0 = a.Start, a3 = a0 + (3 * aRow);
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
            b += Columns;
        }

        Put(c[0], c0, adds);
        Put(c[1], c1, adds);
        Put(c[2], c2, adds);
        Put(c[3], c3, adds);
        Put(c[4], c4, adds);
        Put(c[5], c5, adds);
    }

    /// <summary>12 sums in 16 registers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Six(int k, MatrixPointer a, float* b, RowPointer c, bool adds)
    {
        TVector c00 = TSimd.Zero, c01 = TSimd.Zero;
        TVector c10 = TSimd.Zero, c11 = TSimd.Zero;
        TVector c20 = TSimd.Zero, c21 = TSimd.Zero;
        TVector c30 = TSimd.Zero, c31 = TSimd.Zero;
        TVector c40 = TSimd.Zero, c41 = TSimd.Zero;
        TVector c50 = TSimd.Zero, c51 = TSimd.Zero;
        nint aRow = a.Row, aStep = a.Column;
        float* a0 = a.Start, a3 = a0 + (3 * aRow);
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
            b += Columns;
        }

        Put(c[0], c00, c01, adds);
        Put(c[1], c10, c11, adds);
        Put(c[2], c20, c21, adds);
        Put(c[3], c30, c31, adds);
        Put(c[4], c40, c41, adds);
        Put(c[5], c50, c51, adds);
    }

    /// <summary>24 sums in 32 registers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Twelve(int k, MatrixPointer a, float* b, RowPointer c, bool adds)
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
        nint aRow = a.Row, aStep = a.Column;
        float* a0 = a.Start, a3 = a0 + (3 * aRow), a6 = a0 + (6 * aRow), a9 = a0 + (9 * aRow);
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
            b += Columns;
        }

        Put(c[0], c00, c01, adds);
        Put(c[1], c10, c11, adds);
        Put(c[2], c20, c21, adds);
        Put(c[3], c30, c31, adds);
        Put(c[4], c40, c41, adds);
        Put(c[5], c50, c51, adds);
        Put(c[6], c60, c61, adds);
        Put(c[7], c70, c71, adds);
        Put(c[8], c80, c81, adds);
        Put(c[9], c90, c91, adds);
        Put(c[10], c100, c101, adds);
        Put(c[11], c110, c111, adds);
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
