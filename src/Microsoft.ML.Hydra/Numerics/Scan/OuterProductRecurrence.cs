namespace Microsoft.ML.Hydra.Numerics;

/// <summary>Steps of <see cref="OuterProductRecurrence{TSimd, TVector}"/>; a vector with a negative stride is walked backwards in time.</summary>
/// <param name="count">Steps.</param>
/// <param name="k">k.</param>
/// <param name="q">q.</param>
/// <param name="v">v.</param>
/// <param name="o">Receives o.</param>
internal readonly struct RecurrenceSteps(int count, RowPointer k, RowPointer q, RowPointer v, RowPointer o)
{
    public int Count { get; } = count;

    public RowPointer K { get; } = k;

    public RowPointer Q { get; } = q;

    public RowPointer V { get; } = v;

    public RowPointer O { get; } = o;
}

/// <summary>
/// The one recurrence behind the forward pass of the scan and all its gradients, over the steps of one segment:
/// <code>
/// S += k_t ⊗ v_t        o_t = q_t S
/// </code>
/// with k, q of R numbers, v, o of W numbers and S of R × W. Decays are folded into the vectors by the caller, so that a state
/// element costs two multiply-adds a step. Blocks of S stay in registers while the steps run.
/// </summary>
internal static unsafe class OuterProductRecurrence<TSimd, TVector>
    where TSimd : struct, ISimd<TVector>
{
    private const int SmallTile = 8;
    private const int LargeTile = 16;

    /// <summary>Sizes R and W are filled up with zeros to a multiple of this.</summary>
    public static int Multiple => Math.Max(SmallTile, TSimd.Lanes);

    /// <summary><paramref name="size"/> filled up.</summary>
    public static int Padded(int size) => (size + Multiple - 1) / Multiple * Multiple;

    /// <summary>Rows of padded width: the given ones where their width is padded, else a copy with zeros in the arena.</summary>
    public static RowPointer Pad(RowPointer rows, int count, int width, Arena arena)
    {
        int padded = Padded(width);
        if (padded == width)
        {
            return rows;
        }

        RowPointer copy = new(arena.Floats((long)count * padded), padded);
        for (nint i = 0; i < count; i++)
        {
            VectorRows<TSimd, TVector>.CopyScaled(copy[i], padded, rows[i], width, 1);
        }

        return copy;
    }

    /// <summary>Runs the steps on S, <c>[rows, width]</c>, which holds the last one afterwards; rows and width are padded sizes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(float* state, int rows, int width, in RecurrenceSteps steps)
    {
        for (int column = 0; column < width; column += TSimd.Lanes)
        {
            int row = 0;
            if (TSimd.HasManyRegisters)
            {
                for (; row + LargeTile <= rows; row += LargeTile)
                {
                    Sixteen(state + (row * (nint)width) + column, width, steps, row, column);
                }
            }

            for (; row < rows; row += SmallTile)
            {
                Eight(state + (row * (nint)width) + column, width, steps, row, column);
            }
        }
    }

    // The block of S whose first row and column are given; the blocks below the first add to o.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Sixteen(float* state, nint stateRow, in RecurrenceSteps steps, int row, int column)
    {
        float* k = steps.K.Start + row, q = steps.Q.Start + row, v = steps.V.Start + column, o = steps.O.Start + column;
        nint kStep = steps.K.Stride, qStep = steps.Q.Stride, vStep = steps.V.Stride, oStep = steps.O.Stride;
        bool adds = row > 0;
        TVector s0 = TSimd.Load(state);
        TVector s1 = TSimd.Load(state + stateRow);
        TVector s2 = TSimd.Load(state + (2 * stateRow));
        TVector s3 = TSimd.Load(state + (3 * stateRow));
        TVector s4 = TSimd.Load(state + (4 * stateRow));
        TVector s5 = TSimd.Load(state + (5 * stateRow));
        TVector s6 = TSimd.Load(state + (6 * stateRow));
        TVector s7 = TSimd.Load(state + (7 * stateRow));
        TVector s8 = TSimd.Load(state + (8 * stateRow));
        TVector s9 = TSimd.Load(state + (9 * stateRow));
        TVector s10 = TSimd.Load(state + (10 * stateRow));
        TVector s11 = TSimd.Load(state + (11 * stateRow));
        TVector s12 = TSimd.Load(state + (12 * stateRow));
        TVector s13 = TSimd.Load(state + (13 * stateRow));
        TVector s14 = TSimd.Load(state + (14 * stateRow));
        TVector s15 = TSimd.Load(state + (15 * stateRow));
        for (int count = steps.Count; count > 0; count--)
        {
            TVector x = TSimd.Load(v), even = adds ? TSimd.Load(o) : TSimd.Zero, odd = TSimd.Zero;
            s0 = TSimd.MultiplyAdd(TSimd.Broadcast(k[0]), x, s0);
            even = TSimd.MultiplyAdd(TSimd.Broadcast(q[0]), s0, even);
            s1 = TSimd.MultiplyAdd(TSimd.Broadcast(k[1]), x, s1);
            odd = TSimd.MultiplyAdd(TSimd.Broadcast(q[1]), s1, odd);
            s2 = TSimd.MultiplyAdd(TSimd.Broadcast(k[2]), x, s2);
            even = TSimd.MultiplyAdd(TSimd.Broadcast(q[2]), s2, even);
            s3 = TSimd.MultiplyAdd(TSimd.Broadcast(k[3]), x, s3);
            odd = TSimd.MultiplyAdd(TSimd.Broadcast(q[3]), s3, odd);
            s4 = TSimd.MultiplyAdd(TSimd.Broadcast(k[4]), x, s4);
            even = TSimd.MultiplyAdd(TSimd.Broadcast(q[4]), s4, even);
            s5 = TSimd.MultiplyAdd(TSimd.Broadcast(k[5]), x, s5);
            odd = TSimd.MultiplyAdd(TSimd.Broadcast(q[5]), s5, odd);
            s6 = TSimd.MultiplyAdd(TSimd.Broadcast(k[6]), x, s6);
            even = TSimd.MultiplyAdd(TSimd.Broadcast(q[6]), s6, even);
            s7 = TSimd.MultiplyAdd(TSimd.Broadcast(k[7]), x, s7);
            odd = TSimd.MultiplyAdd(TSimd.Broadcast(q[7]), s7, odd);
            s8 = TSimd.MultiplyAdd(TSimd.Broadcast(k[8]), x, s8);
            even = TSimd.MultiplyAdd(TSimd.Broadcast(q[8]), s8, even);
            s9 = TSimd.MultiplyAdd(TSimd.Broadcast(k[9]), x, s9);
            odd = TSimd.MultiplyAdd(TSimd.Broadcast(q[9]), s9, odd);
            s10 = TSimd.MultiplyAdd(TSimd.Broadcast(k[10]), x, s10);
            even = TSimd.MultiplyAdd(TSimd.Broadcast(q[10]), s10, even);
            s11 = TSimd.MultiplyAdd(TSimd.Broadcast(k[11]), x, s11);
            odd = TSimd.MultiplyAdd(TSimd.Broadcast(q[11]), s11, odd);
            s12 = TSimd.MultiplyAdd(TSimd.Broadcast(k[12]), x, s12);
            even = TSimd.MultiplyAdd(TSimd.Broadcast(q[12]), s12, even);
            s13 = TSimd.MultiplyAdd(TSimd.Broadcast(k[13]), x, s13);
            odd = TSimd.MultiplyAdd(TSimd.Broadcast(q[13]), s13, odd);
            s14 = TSimd.MultiplyAdd(TSimd.Broadcast(k[14]), x, s14);
            even = TSimd.MultiplyAdd(TSimd.Broadcast(q[14]), s14, even);
            s15 = TSimd.MultiplyAdd(TSimd.Broadcast(k[15]), x, s15);
            odd = TSimd.MultiplyAdd(TSimd.Broadcast(q[15]), s15, odd);
            TSimd.Store(o, TSimd.Add(even, odd));
            k += kStep;
            q += qStep;
            v += vStep;
            o += oStep;
        }

        TSimd.Store(state, s0);
        TSimd.Store(state + stateRow, s1);
        TSimd.Store(state + (2 * stateRow), s2);
        TSimd.Store(state + (3 * stateRow), s3);
        TSimd.Store(state + (4 * stateRow), s4);
        TSimd.Store(state + (5 * stateRow), s5);
        TSimd.Store(state + (6 * stateRow), s6);
        TSimd.Store(state + (7 * stateRow), s7);
        TSimd.Store(state + (8 * stateRow), s8);
        TSimd.Store(state + (9 * stateRow), s9);
        TSimd.Store(state + (10 * stateRow), s10);
        TSimd.Store(state + (11 * stateRow), s11);
        TSimd.Store(state + (12 * stateRow), s12);
        TSimd.Store(state + (13 * stateRow), s13);
        TSimd.Store(state + (14 * stateRow), s14);
        TSimd.Store(state + (15 * stateRow), s15);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Eight(float* state, nint stateRow, in RecurrenceSteps steps, int row, int column)
    {
        float* k = steps.K.Start + row, q = steps.Q.Start + row, v = steps.V.Start + column, o = steps.O.Start + column;
        nint kStep = steps.K.Stride, qStep = steps.Q.Stride, vStep = steps.V.Stride, oStep = steps.O.Stride;
        bool adds = row > 0;
        TVector s0 = TSimd.Load(state);
        TVector s1 = TSimd.Load(state + stateRow);
        TVector s2 = TSimd.Load(state + (2 * stateRow));
        TVector s3 = TSimd.Load(state + (3 * stateRow));
        TVector s4 = TSimd.Load(state + (4 * stateRow));
        TVector s5 = TSimd.Load(state + (5 * stateRow));
        TVector s6 = TSimd.Load(state + (6 * stateRow));
        TVector s7 = TSimd.Load(state + (7 * stateRow));
        for (int count = steps.Count; count > 0; count--)
        {
            TVector x = TSimd.Load(v), even = adds ? TSimd.Load(o) : TSimd.Zero, odd = TSimd.Zero;
            s0 = TSimd.MultiplyAdd(TSimd.Broadcast(k[0]), x, s0);
            even = TSimd.MultiplyAdd(TSimd.Broadcast(q[0]), s0, even);
            s1 = TSimd.MultiplyAdd(TSimd.Broadcast(k[1]), x, s1);
            odd = TSimd.MultiplyAdd(TSimd.Broadcast(q[1]), s1, odd);
            s2 = TSimd.MultiplyAdd(TSimd.Broadcast(k[2]), x, s2);
            even = TSimd.MultiplyAdd(TSimd.Broadcast(q[2]), s2, even);
            s3 = TSimd.MultiplyAdd(TSimd.Broadcast(k[3]), x, s3);
            odd = TSimd.MultiplyAdd(TSimd.Broadcast(q[3]), s3, odd);
            s4 = TSimd.MultiplyAdd(TSimd.Broadcast(k[4]), x, s4);
            even = TSimd.MultiplyAdd(TSimd.Broadcast(q[4]), s4, even);
            s5 = TSimd.MultiplyAdd(TSimd.Broadcast(k[5]), x, s5);
            odd = TSimd.MultiplyAdd(TSimd.Broadcast(q[5]), s5, odd);
            s6 = TSimd.MultiplyAdd(TSimd.Broadcast(k[6]), x, s6);
            even = TSimd.MultiplyAdd(TSimd.Broadcast(q[6]), s6, even);
            s7 = TSimd.MultiplyAdd(TSimd.Broadcast(k[7]), x, s7);
            odd = TSimd.MultiplyAdd(TSimd.Broadcast(q[7]), s7, odd);
            TSimd.Store(o, TSimd.Add(even, odd));
            k += kStep;
            q += qStep;
            v += vStep;
            o += oStep;
        }

        TSimd.Store(state, s0);
        TSimd.Store(state + stateRow, s1);
        TSimd.Store(state + (2 * stateRow), s2);
        TSimd.Store(state + (3 * stateRow), s3);
        TSimd.Store(state + (4 * stateRow), s4);
        TSimd.Store(state + (5 * stateRow), s5);
        TSimd.Store(state + (6 * stateRow), s6);
        TSimd.Store(state + (7 * stateRow), s7);
    }
}
