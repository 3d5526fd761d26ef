namespace Microsoft.ML.Hydra.Numerics;

/// <summary>
/// The product of one row with a matrix in panels (<see cref="GemmBlocks{TSimd, TVector}.Pack"/>): the weights are read once, in
/// order. Panels run side by side so that there are enough sums to hide the latency of each.
/// </summary>
internal static unsafe class RowProduct<TSimd, TVector>
    where TSimd : struct, ISimd<TVector>
{
    /// <summary><c>y = x · b</c> for x of k numbers; up to a whole last panel of y is written.</summary>
    public static void Run(int k, int n, float* x, float* panels, float* y)
    {
        int width = 2 * TSimd.Lanes, count = (n + width - 1) / width;
        nint panel = (nint)k * width;
        bool endsHalf = (count * width) - n >= TSimd.Lanes;   // the last panel's second vectors are all zeros
        count -= endsHalf ? 1 : 0;
        for (; count >= 4; count -= 4, panels += 4 * panel, y += 4 * width)
        {
            Four(k, x, panels, panel, y);
        }

        for (; count >= 2; count -= 2, panels += 2 * panel, y += 2 * width)
        {
            Two(k, x, panels, panel, y);
        }

        for (; count >= 1; count--, panels += panel, y += width)
        {
            One(k, x, panels, y);
        }

        if (endsHalf)
        {
            Half(k, x, panels, y);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Four(nint k, float* x, float* b, nint panel, float* y)
    {
        TVector y0 = TSimd.Zero, y1 = TSimd.Zero, y2 = TSimd.Zero, y3 = TSimd.Zero;
        TVector y4 = TSimd.Zero, y5 = TSimd.Zero, y6 = TSimd.Zero, y7 = TSimd.Zero;
        float* b1 = b + panel, b2 = b1 + panel, b3 = b2 + panel;
        for (nint i = 0; i < k; i++)
        {
            TVector v = TSimd.Broadcast(x[i]);
            y0 = TSimd.MultiplyAdd(v, TSimd.Load(b), y0);
            y1 = TSimd.MultiplyAdd(v, TSimd.Load(b + TSimd.Lanes), y1);
            y2 = TSimd.MultiplyAdd(v, TSimd.Load(b1), y2);
            y3 = TSimd.MultiplyAdd(v, TSimd.Load(b1 + TSimd.Lanes), y3);
            y4 = TSimd.MultiplyAdd(v, TSimd.Load(b2), y4);
            y5 = TSimd.MultiplyAdd(v, TSimd.Load(b2 + TSimd.Lanes), y5);
            y6 = TSimd.MultiplyAdd(v, TSimd.Load(b3), y6);
            y7 = TSimd.MultiplyAdd(v, TSimd.Load(b3 + TSimd.Lanes), y7);
            b += 2 * TSimd.Lanes;
            b1 += 2 * TSimd.Lanes;
            b2 += 2 * TSimd.Lanes;
            b3 += 2 * TSimd.Lanes;
        }

        TSimd.Store(y, y0);
        TSimd.Store(y + TSimd.Lanes, y1);
        TSimd.Store(y + (2 * TSimd.Lanes), y2);
        TSimd.Store(y + (3 * TSimd.Lanes), y3);
        TSimd.Store(y + (4 * TSimd.Lanes), y4);
        TSimd.Store(y + (5 * TSimd.Lanes), y5);
        TSimd.Store(y + (6 * TSimd.Lanes), y6);
        TSimd.Store(y + (7 * TSimd.Lanes), y7);
    }

    // Even and odd terms apart
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Two(nint k, float* x, float* b, nint panel, float* y)
    {
        TVector y0 = TSimd.Zero, y1 = TSimd.Zero, y2 = TSimd.Zero, y3 = TSimd.Zero;
        TVector z0 = TSimd.Zero, z1 = TSimd.Zero, z2 = TSimd.Zero, z3 = TSimd.Zero;
        float* b1 = b + panel;
        nint i = 0;
        for (; i + 2 <= k; i += 2, b += 4 * TSimd.Lanes, b1 += 4 * TSimd.Lanes)
        {
            TVector v = TSimd.Broadcast(x[i]), w = TSimd.Broadcast(x[i + 1]);
            y0 = TSimd.MultiplyAdd(v, TSimd.Load(b), y0);
            y1 = TSimd.MultiplyAdd(v, TSimd.Load(b + TSimd.Lanes), y1);
            y2 = TSimd.MultiplyAdd(v, TSimd.Load(b1), y2);
            y3 = TSimd.MultiplyAdd(v, TSimd.Load(b1 + TSimd.Lanes), y3);
            z0 = TSimd.MultiplyAdd(w, TSimd.Load(b + (2 * TSimd.Lanes)), z0);
            z1 = TSimd.MultiplyAdd(w, TSimd.Load(b + (3 * TSimd.Lanes)), z1);
            z2 = TSimd.MultiplyAdd(w, TSimd.Load(b1 + (2 * TSimd.Lanes)), z2);
            z3 = TSimd.MultiplyAdd(w, TSimd.Load(b1 + (3 * TSimd.Lanes)), z3);
        }

        if (i < k)
        {
            TVector v = TSimd.Broadcast(x[i]);
            y0 = TSimd.MultiplyAdd(v, TSimd.Load(b), y0);
            y1 = TSimd.MultiplyAdd(v, TSimd.Load(b + TSimd.Lanes), y1);
            y2 = TSimd.MultiplyAdd(v, TSimd.Load(b1), y2);
            y3 = TSimd.MultiplyAdd(v, TSimd.Load(b1 + TSimd.Lanes), y3);
        }

        TSimd.Store(y, TSimd.Add(y0, z0));
        TSimd.Store(y + TSimd.Lanes, TSimd.Add(y1, z1));
        TSimd.Store(y + (2 * TSimd.Lanes), TSimd.Add(y2, z2));
        TSimd.Store(y + (3 * TSimd.Lanes), TSimd.Add(y3, z3));
    }

    // Every fourth term apart
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void One(nint k, float* x, float* b, float* y)
    {
        TVector y0 = TSimd.Zero, y1 = TSimd.Zero, z0 = TSimd.Zero, z1 = TSimd.Zero;
        TVector u0 = TSimd.Zero, u1 = TSimd.Zero, w0 = TSimd.Zero, w1 = TSimd.Zero;
        nint i = 0;
        for (; i + 4 <= k; i += 4, b += 8 * TSimd.Lanes)
        {
            TVector v = TSimd.Broadcast(x[i]);
            y0 = TSimd.MultiplyAdd(v, TSimd.Load(b), y0);
            y1 = TSimd.MultiplyAdd(v, TSimd.Load(b + TSimd.Lanes), y1);
            v = TSimd.Broadcast(x[i + 1]);
            z0 = TSimd.MultiplyAdd(v, TSimd.Load(b + (2 * TSimd.Lanes)), z0);
            z1 = TSimd.MultiplyAdd(v, TSimd.Load(b + (3 * TSimd.Lanes)), z1);
            v = TSimd.Broadcast(x[i + 2]);
            u0 = TSimd.MultiplyAdd(v, TSimd.Load(b + (4 * TSimd.Lanes)), u0);
            u1 = TSimd.MultiplyAdd(v, TSimd.Load(b + (5 * TSimd.Lanes)), u1);
            v = TSimd.Broadcast(x[i + 3]);
            w0 = TSimd.MultiplyAdd(v, TSimd.Load(b + (6 * TSimd.Lanes)), w0);
            w1 = TSimd.MultiplyAdd(v, TSimd.Load(b + (7 * TSimd.Lanes)), w1);
        }

        for (; i < k; i++, b += 2 * TSimd.Lanes)
        {
            TVector v = TSimd.Broadcast(x[i]);
            y0 = TSimd.MultiplyAdd(v, TSimd.Load(b), y0);
            y1 = TSimd.MultiplyAdd(v, TSimd.Load(b + TSimd.Lanes), y1);
        }

        TSimd.Store(y, TSimd.Add(TSimd.Add(y0, z0), TSimd.Add(u0, w0)));
        TSimd.Store(y + TSimd.Lanes, TSimd.Add(TSimd.Add(y1, z1), TSimd.Add(u1, w1)));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Half(nint k, float* x, float* b, float* y)
    {
        TVector y0 = TSimd.Zero, z0 = TSimd.Zero, u0 = TSimd.Zero, w0 = TSimd.Zero;
        nint i = 0;
        for (; i + 4 <= k; i += 4, b += 8 * TSimd.Lanes)
        {
            y0 = TSimd.MultiplyAdd(TSimd.Broadcast(x[i]), TSimd.Load(b), y0);
            z0 = TSimd.MultiplyAdd(TSimd.Broadcast(x[i + 1]), TSimd.Load(b + (2 * TSimd.Lanes)), z0);
            u0 = TSimd.MultiplyAdd(TSimd.Broadcast(x[i + 2]), TSimd.Load(b + (4 * TSimd.Lanes)), u0);
            w0 = TSimd.MultiplyAdd(TSimd.Broadcast(x[i + 3]), TSimd.Load(b + (6 * TSimd.Lanes)), w0);
        }

        for (; i < k; i++, b += 2 * TSimd.Lanes)
        {
            y0 = TSimd.MultiplyAdd(TSimd.Broadcast(x[i]), TSimd.Load(b), y0);
        }

        TSimd.Store(y, TSimd.Add(TSimd.Add(y0, z0), TSimd.Add(u0, w0)));
    }
}

/// <summary>Root mean square normalisation of one row (<see cref="RmsNorm{TSimd, TVector}"/>), in the same order of operations as for many rows.</summary>
internal static unsafe class RowNorm<TSimd, TVector>
    where TSimd : struct, ISimd<TVector>
{
    /// <summary><c>y = x / sqrt(mean(x²) + ε) ∘ w</c>; y is not x.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(int width, float* x, float* weight, float* y)
    {
        TVector squares = TSimd.Zero;
        int i = 0;
        for (; i + TSimd.Lanes <= width; i += TSimd.Lanes)
        {
            TVector value = TSimd.Load(x + i);
            squares = TSimd.MultiplyAdd(value, value, squares);
        }

        if (i < width)
        {
            TVector value = TSimd.LoadPart(x + i, width - i);
            squares = TSimd.MultiplyAdd(value, value, squares);
        }

        Scale(width, x, squares, weight, y);
    }

    /// <summary><c>u = x ∘ SiLU(z)</c>, <c>y = u / sqrt(mean(u²) + ε) ∘ w</c>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void RunGated(int width, float* x, float* z, float* weight, float* y)
    {
        TVector squares = TSimd.Zero;
        int i = 0;
        for (; i + TSimd.Lanes <= width; i += TSimd.Lanes)
        {
            TVector gate = TSimd.Load(z + i), value = TSimd.Multiply(TSimd.Load(x + i), TSimd.Multiply(gate, VectorMath<TSimd, TVector>.Sigmoid(gate)));
            TSimd.Store(y + i, value);
            squares = TSimd.MultiplyAdd(value, value, squares);
        }

        if (i < width)
        {
            TVector gate = TSimd.LoadPart(z + i, width - i);
            TVector value = TSimd.Multiply(TSimd.LoadPart(x + i, width - i), TSimd.Multiply(gate, VectorMath<TSimd, TVector>.Sigmoid(gate)));
            TSimd.StorePart(y + i, value, width - i);
            squares = TSimd.MultiplyAdd(value, value, squares);
        }

        Scale(width, y, squares, weight, y);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Scale(int width, float* x, TVector squares, float* weight, float* y)
    {
        TVector r = TSimd.Broadcast(1 / MathF.Sqrt((TSimd.Sum(squares) / width) + NormOperands.HydraEpsilon));
        int i = 0;
        for (; i + TSimd.Lanes <= width; i += TSimd.Lanes)
        {
            TSimd.Store(y + i, TSimd.Multiply(TSimd.Multiply(TSimd.Load(x + i), r), TSimd.Load(weight + i)));
        }

        if (i < width)
        {
            TVector value = TSimd.Multiply(TSimd.LoadPart(x + i, width - i), r);
            TSimd.StorePart(y + i, TSimd.Multiply(value, TSimd.LoadPart(weight + i, width - i)), width - i);
        }
    }
}
