namespace Microsoft.ML.Hydra.Numerics;

/// <summary>What a layer normalisation reads besides its rows.</summary>
/// <param name="width">Width of a row.</param>
/// <param name="weight">w, <c>[width]</c>.</param>
/// <param name="bias">b, <c>[width]</c>.</param>
/// <param name="epsilon">ε, added to the variance.</param>
internal readonly unsafe struct LayerNormOperands(int width, float* weight, float* bias, float epsilon)
{
    public int Width { get; } = width;

    public float* Weight { get; } = weight;

    public float* Bias { get; } = bias;

    public float Epsilon { get; } = epsilon;
}

/// <summary>Layer normalisation (arXiv 1607.06450): <c>y = (x − mean(x)) / sqrt(mean((x − mean(x))²) + ε) ∘ w + b</c> in each row.</summary>
internal static unsafe class LayerNorm<TSimd, TVector>
    where TSimd : struct, ISimd<TVector>
{
    /// <summary>Computes y, which may be x.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Forward(int rows, in LayerNormOperands operands, RowPointer x, RowPointer y)
    {
        int width = operands.Width;
        float* w = operands.Weight, b = operands.Bias;
        for (nint row = 0; row < rows; row++)
        {
            float* source = x[row], target = y[row];
            float mean = Sum(source, width) / width;
            float scale = 1 / MathF.Sqrt((SumOfSquares(source, mean, width) / width) + operands.Epsilon);
            TVector m = TSimd.Broadcast(mean), s = TSimd.Broadcast(scale);
            for (int i = 0; i < width; i += TSimd.Lanes)
            {
                int rest = width - i;
                TVector value = TSimd.Multiply(TSimd.Subtract(VectorMath<TSimd, TVector>.Load(source + i, rest), m), s);
                value = TSimd.MultiplyAdd(value, VectorMath<TSimd, TVector>.Load(w + i, rest), VectorMath<TSimd, TVector>.Load(b + i, rest));
                VectorMath<TSimd, TVector>.Store(target + i, value, rest);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Sum(float* x, int width)
    {
        TVector sum = TSimd.Zero;
        for (int i = 0; i < width; i += TSimd.Lanes)
        {
            sum = TSimd.Add(sum, VectorMath<TSimd, TVector>.Load(x + i, width - i));
        }

        return TSimd.Sum(sum);
    }

    // Of the differences from the mean; the lanes after the end of the row would count as differences of zeros.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float SumOfSquares(float* x, float mean, int width)
    {
        TVector sum = TSimd.Zero, m = TSimd.Broadcast(mean);
        int i = 0;
        for (; i + TSimd.Lanes <= width; i += TSimd.Lanes)
        {
            TVector difference = TSimd.Subtract(TSimd.Load(x + i), m);
            sum = TSimd.MultiplyAdd(difference, difference, sum);
        }

        float total = TSimd.Sum(sum);
        for (; i < width; i++)
        {
            total += (x[i] - mean) * (x[i] - mean);
        }

        return total;
    }
}
