namespace Microsoft.ML.Hydra.Numerics;

/// <summary>Operations on the rows of a tile, on the calling thread.</summary>
internal static unsafe class TileRows<TSimd, TVector>
    where TSimd : struct, ISimd<TVector>
{
    /// <summary><c>sum += values</c>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Add(nint count, float* values, float* sum)
    {
        nint i = 0;
        for (; i + TSimd.Lanes <= count; i += TSimd.Lanes)
        {
            TSimd.Store(sum + i, TSimd.Add(TSimd.Load(sum + i), TSimd.Load(values + i)));
        }

        for (; i < count; i++)
        {
            sum[i] += values[i];
        }
    }

    /// <summary><c>y = SiLU(x)</c>; rows of x are <paramref name="xRow"/> numbers apart, those of y <paramref name="width"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Silu(int rows, int width, float* x, nint xRow, float* y)
    {
        for (nint row = 0; row < rows; row++, x += xRow, y += width)
        {
            for (int i = 0; i < width; i += TSimd.Lanes)
            {
                TVector value = VectorMath<TSimd, TVector>.Load(x + i, width - i);
                VectorMath<TSimd, TVector>.Store(y + i, TSimd.Multiply(value, VectorMath<TSimd, TVector>.Sigmoid(value)), width - i);
            }
        }
    }

    /// <summary><c>dx = dy ∘ SiLU'(x)</c>; rows of x and dx are <paramref name="xRow"/> numbers apart, those of dy <paramref name="width"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void SiluBackward(int rows, int width, float* x, float* dx, nint xRow, float* dy)
    {
        for (nint row = 0; row < rows; row++, x += xRow, dx += xRow, dy += width)
        {
            for (int i = 0; i < width; i += TSimd.Lanes)
            {
                TVector value = VectorMath<TSimd, TVector>.Load(x + i, width - i);
                TVector derivative = VectorMath<TSimd, TVector>.SiluDerivative(value, VectorMath<TSimd, TVector>.Sigmoid(value));
                VectorMath<TSimd, TVector>.Store(dx + i, TSimd.Multiply(VectorMath<TSimd, TVector>.Load(dy + i, width - i), derivative), width - i);
            }
        }
    }

    /// <summary><c>y = residual + dropout(x)</c> over contiguous rows. y may be x or the residual. A residual of null counts as 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void AddDropped(
        int rows, int width, float* residual, float* x, float* y, DropoutMask dropout, int site, long firstRow, Arena arena)
    {
        ArenaMark mark = arena.Mark();
        float* factors = arena.Floats(width + 16);
        new Span<float>(factors, width).Fill(1);
        for (nint row = 0; row < rows; row++, x += width, y += width)
        {
            if (dropout.IsActive)
            {
                dropout.Fill(site, firstRow + row, factors, width);
            }

            float* added = residual == null ? null : residual + (row * width);
            for (int i = 0; i < width; i += TSimd.Lanes)
            {
                int rest = width - i;
                TVector value = TSimd.Multiply(VectorMath<TSimd, TVector>.Load(x + i, rest), VectorMath<TSimd, TVector>.Load(factors + i, rest));
                if (added != null)
                {
                    value = TSimd.Add(value, VectorMath<TSimd, TVector>.Load(added + i, rest));
                }

                VectorMath<TSimd, TVector>.Store(y + i, value, rest);
            }
        }

        arena.Release(mark);
    }
}

/// <summary>RMSNorm without a gate over contiguous rows, on the calling thread.</summary>
internal static unsafe class TileNorm<TSimd, TVector>
    where TSimd : struct, ISimd<TVector>
{
    /// <summary>Computes y.</summary>
    public static void Forward(int rows, int width, float* x, float* weight, float* y, Arena arena) =>
        RmsNorm<TSimd, TVector>.Forward(new(rows, width, new(x, width), default, weight), new(y, width), arena);

    /// <summary>Overwrites <paramref name="dx"/>, which may be <paramref name="dy"/>, and adds to the weight's gradient.</summary>
    public static void Backward(int rows, int width, float* x, float* weight, float* dy, float* dx, float* weightGradient, Arena arena)
    {
        float* sums = arena.Floats(width);
        RmsNorm<TSimd, TVector>.Backward(
            new(rows, width, new(x, width), default, weight), new(new(dy, width), new(dx, width), default), sums, arena);
        TileRows<TSimd, TVector>.Add(width, sums, weightGradient);
    }
}

/// <summary>Gradients of matrices: sums over rows of outer products.</summary>
internal static unsafe class WeightGradient<TSimd, TVector>
    where TSimd : struct, ISimd<TVector>
{
    /// <summary><c>sum += a^T b</c>, <c>[m, n]</c>, for a of rows × m and b of rows × n.</summary>
    public static void Add(int rows, int m, float* a, nint aRow, int n, float* b, nint bRow, float* sum, Arena arena)
    {
        ArenaMark mark = arena.Mark();
        GemmBlocks<TSimd, TVector>.Multiply(new(m, n, rows), new(a, 1, aRow), new(b, bRow, 1), new(sum, n), true, arena);
        arena.Release(mark);
    }
}
