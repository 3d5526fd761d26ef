namespace Microsoft.ML.Hydra.Numerics;

/// <summary>Functions of vectors, and loads and stores of rows whose width is not a multiple of a vector.</summary>
internal static unsafe class VectorMath<TSimd, TVector>
    where TSimd : struct, ISimd<TVector>
{
    /// <summary>
    /// <c>e^x</c> with a relative error below 2e-7 (under 2 units in the last place) for x in [−87, 88]; 1.2e-38 or less below
    /// and at least 1.6e38 above.
    /// </summary>
    /// <remarks>
    /// <c>x = n ln 2 + r</c>, <c>|r| ≤ ln 2 / 2</c>, <c>e^x = 2^n (1 + r + r² q(r))</c>, where q is the polynomial of degree 4
    /// with the least largest relative error (3.6e-9).
    /// </remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Exp(TVector x)
    {
        x = TSimd.Max(TSimd.Broadcast(-87.33f), TSimd.Min(TSimd.Broadcast(88.02f), x));
        TVector n = TSimd.Round(TSimd.Multiply(x, TSimd.Broadcast(1.44269504f)));
        TVector r = TSimd.MultiplyAdd(n, TSimd.Broadcast(-0.693359375f), x);
        r = TSimd.MultiplyAdd(n, TSimd.Broadcast(2.12194440e-4f), r);
        TVector q = TSimd.MultiplyAdd(TSimd.Broadcast(0.00138145406f), r, TSimd.Broadcast(0.00836874545f));
        q = TSimd.MultiplyAdd(q, r, TSimd.Broadcast(0.041668389f));
        q = TSimd.MultiplyAdd(q, r, TSimd.Broadcast(0.166665211f));
        q = TSimd.MultiplyAdd(q, r, TSimd.Broadcast(0.49999994f));
        q = TSimd.MultiplyAdd(TSimd.Multiply(r, r), q, r);
        return TSimd.ScaleByPowerOfTwo(TSimd.Add(q, TSimd.Broadcast(1)), n);
    }

    /// <summary><c>1 / (1 + e^−x)</c>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Sigmoid(TVector x) =>
        TSimd.Divide(TSimd.Broadcast(1), TSimd.Add(TSimd.Broadcast(1), Exp(TSimd.Subtract(TSimd.Zero, x))));

    /// <summary><c>log(1 + e^x)</c> with a relative error below 3e-7 for x from −87 on.</summary>
    /// <remarks>
    /// <c>max(x, 0) + log(1 + e)</c> with <c>e = e^−|x|</c>, and <c>log(1 + e) = 2 artanh(s) = s q(s²)</c> with <c>s = e / (2 + e)</c>, which
    /// is at most 1/3; q interpolates at the Chebyshev nodes of [0, 1/9] (relative error 1e-10).
    /// </remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Softplus(TVector x)
    {
        TVector positive = TSimd.Max(TSimd.Zero, x);
        TVector e = Exp(TSimd.Subtract(x, TSimd.Add(positive, positive)));   // −|x| = x − 2 max(x, 0)
        TVector s = TSimd.Divide(e, TSimd.Add(TSimd.Broadcast(2), e)), square = TSimd.Multiply(s, s);
        TVector q = TSimd.MultiplyAdd(TSimd.Broadcast(0.24393908f), square, TSimd.Broadcast(0.21398561f));
        q = TSimd.MultiplyAdd(q, square, TSimd.Broadcast(0.28620207f));
        q = TSimd.MultiplyAdd(q, square, TSimd.Broadcast(0.3999871f));
        q = TSimd.MultiplyAdd(q, square, TSimd.Broadcast(0.6666668f));
        q = TSimd.MultiplyAdd(q, square, TSimd.Broadcast(2));
        return TSimd.MultiplyAdd(s, q, positive);
    }

    /// <summary>The derivative of <c>x σ(x)</c> where s is σ(x): <c>s (1 + x (1 − s))</c>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector SiluDerivative(TVector x, TVector s)
    {
        TVector one = TSimd.Broadcast(1);
        return TSimd.Multiply(s, TSimd.MultiplyAdd(x, TSimd.Subtract(one, s), one));
    }

    /// <summary>The first <paramref name="count"/> numbers, from 1, at most a vector, with zeros after them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Load(float* source, int count) =>
        count >= TSimd.Lanes ? TSimd.Load(source) : TSimd.LoadPart(source, count);

    /// <summary>Stores the first <paramref name="count"/> lanes, from 1, at most all.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(float* target, TVector value, int count)
    {
        if (count >= TSimd.Lanes)
        {
            TSimd.Store(target, value);
        }
        else
        {
            TSimd.StorePart(target, value, count);
        }
    }
}

/// <summary>Whole-row operations of any width.</summary>
internal static unsafe class VectorRows<TSimd, TVector>
    where TSimd : struct, ISimd<TVector>
{
    /// <summary><c>target = factor · source</c>, filled up with zeros to <paramref name="padded"/>, a multiple of the lanes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void CopyScaled(float* target, int padded, float* source, int count, float factor)
    {
        TVector f = TSimd.Broadcast(factor);
        int i = 0;
        for (; i + TSimd.Lanes <= count; i += TSimd.Lanes)
        {
            TSimd.Store(target + i, TSimd.Multiply(f, TSimd.Load(source + i)));
        }

        for (; i < padded; i++)
        {
            target[i] = i < count ? factor * source[i] : 0;
        }
    }

    /// <summary><c>values *= factor</c>; the count is a multiple of the lanes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Scale(float* values, long count, float factor)
    {
        TVector f = TSimd.Broadcast(factor);
        for (nint i = 0; i < count; i += TSimd.Lanes)
        {
            TSimd.Store(values + i, TSimd.Multiply(f, TSimd.Load(values + i)));
        }
    }

    /// <summary><c>Σ a b</c> over a multiple of the lanes; sums of 4096 products are added in float64.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static double Dot(float* a, float* b, long count)
    {
        double total = 0;
        for (nint block = 0; block < count; block += 4096)
        {
            nint end = (nint)Math.Min(count, block + 4096);
            TVector sum = TSimd.Zero;
            for (nint i = block; i < end; i += TSimd.Lanes)
            {
                sum = TSimd.MultiplyAdd(TSimd.Load(a + i), TSimd.Load(b + i), sum);
            }

            total += TSimd.Sum(sum);
        }

        return total;
    }

    /// <summary>Adds a row to <paramref name="target"/>, or copies it, and returns its product with <paramref name="other"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float AddAndDot(float* target, float* row, float* other, int count, bool adds)
    {
        TVector sum = TSimd.Zero;
        int i = 0;
        for (; i + TSimd.Lanes <= count; i += TSimd.Lanes)
        {
            TVector value = TSimd.Load(row + i);
            sum = TSimd.MultiplyAdd(value, TSimd.Load(other + i), sum);
            TSimd.Store(target + i, adds ? TSimd.Add(TSimd.Load(target + i), value) : value);
        }

        float dot = TSimd.Sum(sum);
        for (; i < count; i++)
        {
            dot += row[i] * other[i];
            target[i] = adds ? target[i] + row[i] : row[i];
        }

        return dot;
    }
}
