using System.Runtime.CompilerServices;

namespace Microsoft.ML.Hydra.Numerics;

/// <summary>The part of the normalisation that both directions need.</summary>
internal static unsafe class RmsNormRow<TSimd, TVector>
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    /// <summary>Writes u, filled up with zeros to whole vectors, and returns <c>1 / sqrt(mean(u²) + ε)</c>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float Gate(float* x, float* gate, int width, float* u)
    {
        TVector squares = TSimd.Zero;
        for (int i = 0; i < width; i += TSimd.Lanes)
        {
            TVector value = VectorMath<TSimd, TVector>.Load(x + i, width - i);
            if (gate != null)
            {
                TVector z = VectorMath<TSimd, TVector>.Load(gate + i, width - i);
                value = TSimd.Multiply(value, TSimd.Multiply(z, VectorMath<TSimd, TVector>.Sigmoid(z)));
            }

            TSimd.Store(u + i, value);
            squares = TSimd.MultiplyAdd(value, value, squares);
        }

        return 1 / MathF.Sqrt((TSimd.Sum(squares) / width) + RmsNorm.Epsilon);
    }
}
