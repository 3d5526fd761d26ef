namespace Microsoft.ML.Hydra.Numerics;

/// <summary>
/// The gated product of a SwiGLU feed-forward (arXiv 2002.05202), where a row of the input is <c>[g | u]</c>:
/// <code>
/// y = SiLU(g) ∘ u        dg = dy ∘ u ∘ SiLU'(g)        du = dy ∘ SiLU(g)
/// </code>
/// </summary>
internal static unsafe class SwiGlu<TSimd, TVector>
    where TSimd : struct, ISimd<TVector>
{
    /// <summary>Computes y, rows of <paramref name="width"/>, from rows <c>[g | u]</c>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Forward(int rows, int width, RowPointer x, RowPointer y)
    {
        for (nint row = 0; row < rows; row++)
        {
            float* gate = x[row], up = gate + width, target = y[row];
            for (int i = 0; i < width; i += TSimd.Lanes)
            {
                int rest = width - i;
                TVector g = VectorMath<TSimd, TVector>.Load(gate + i, rest), u = VectorMath<TSimd, TVector>.Load(up + i, rest);
                VectorMath<TSimd, TVector>.Store(target + i, TSimd.Multiply(TSimd.Multiply(g, VectorMath<TSimd, TVector>.Sigmoid(g)), u), rest);
            }
        }
    }

    /// <summary>Overwrites rows <c>[dg | du]</c>, which may be those of x.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Backward(int rows, int width, RowPointer x, RowPointer dy, RowPointer dx)
    {
        for (nint row = 0; row < rows; row++)
        {
            float* gate = x[row], outputs = dy[row], target = dx[row];
            for (int i = 0; i < width; i += TSimd.Lanes)
            {
                int rest = width - i;
                TVector g = VectorMath<TSimd, TVector>.Load(gate + i, rest), u = VectorMath<TSimd, TVector>.Load(gate + width + i, rest);
                TVector d = VectorMath<TSimd, TVector>.Load(outputs + i, rest), s = VectorMath<TSimd, TVector>.Sigmoid(g);
                TVector dg = TSimd.Multiply(TSimd.Multiply(d, u), VectorMath<TSimd, TVector>.SiluDerivative(g, s));
                VectorMath<TSimd, TVector>.Store(target + i, dg, rest);
                VectorMath<TSimd, TVector>.Store(target + width + i, TSimd.Multiply(d, TSimd.Multiply(g, s)), rest);
            }
        }
    }
}
