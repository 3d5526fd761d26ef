using System.Runtime.CompilerServices;

namespace Microsoft.ML.Hydra.Numerics;

/// <summary>Whole-row operations of any width.</summary>
internal static unsafe class VectorRows<TSimd, TVector>
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
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

    /// <summary><c>values *= factor</c>, a multiple of the lanes of them.</summary>
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
