using System.Runtime.CompilerServices;

namespace Microsoft.ML.Hydra.Numerics;

/// <summary>Root mean square normalisation of one row (<see cref="RmsNorm{TSimd, TVector}"/>), in the order of operations that many rows have.</summary>
internal static unsafe class RowNorm<TSimd, TVector>
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
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
        TVector r = TSimd.Broadcast(1 / MathF.Sqrt((TSimd.Sum(squares) / width) + RmsNorm<TSimd, TVector>.Epsilon));
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
