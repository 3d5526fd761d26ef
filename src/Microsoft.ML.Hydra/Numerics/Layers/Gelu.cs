namespace Microsoft.ML.Hydra.Numerics;

/// <summary>
/// The Gaussian error linear unit (arXiv 1606.08415), <c>y = x Φ(x)</c> with the distribution function Φ of the normal distribution, and the form with
/// the hyperbolic tangent that some models were trained with.
/// </summary>
internal static unsafe class Gelu<TSimd, TVector>
    where TSimd : struct, ISimd<TVector>
{
    /// <summary><c>x = x Φ(x)</c> with an error below 3e-7 |x|.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Exact(long count, float* x)
    {
        for (nint i = 0; i < count; i += TSimd.Lanes)
        {
            int rest = (int)Math.Min(count - i, TSimd.Lanes);
            TVector value = VectorMath<TSimd, TVector>.Load(x + i, rest);
            VectorMath<TSimd, TVector>.Store(x + i, TSimd.Multiply(value, Distribution(value)), rest);
        }
    }

    /// <summary><c>x = x (1 + tanh(√(2/π) (x + 0.044715 x³))) / 2</c>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Tanh(long count, float* x)
    {
        for (nint i = 0; i < count; i += TSimd.Lanes)
        {
            int rest = (int)Math.Min(count - i, TSimd.Lanes);
            TVector value = VectorMath<TSimd, TVector>.Load(x + i, rest);

            // (1 + tanh(a)) / 2 = σ(2a)
            TVector inner = TSimd.MultiplyAdd(TSimd.Multiply(value, value), TSimd.Broadcast(0.0713548163f), TSimd.Broadcast(1.59576912f));
            TVector sigmoid = VectorMath<TSimd, TVector>.Sigmoid(TSimd.Multiply(value, inner));
            VectorMath<TSimd, TVector>.Store(x + i, TSimd.Multiply(value, sigmoid), rest);
        }
    }

    /// <summary>
    /// Φ(x). For <c>u = |x| / √2</c> and <c>t = 1 / (1 + u/2)</c>, <c>Φ(−|x|) = e^(−u²) t q(t)</c>, where q is the polynomial of degree 8 that interpolates
    /// at the Chebyshev nodes of u in [0, 10] (relative error 6e-8).
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Distribution(TVector x)
    {
        TVector size = TSimd.Max(x, TSimd.Subtract(TSimd.Zero, x)), one = TSimd.Broadcast(1);
        TVector t = TSimd.Divide(one, TSimd.MultiplyAdd(size, TSimd.Broadcast(0.353553391f), one));
        TVector q = TSimd.MultiplyAdd(TSimd.Broadcast(-0.0298574595f), t, TSimd.Broadcast(0.143884155f));
        q = TSimd.MultiplyAdd(q, t, TSimd.Broadcast(-0.246931824f));
        q = TSimd.MultiplyAdd(q, t, TSimd.Broadcast(0.142848855f));
        q = TSimd.MultiplyAdd(q, t, TSimd.Broadcast(-0.0159208787f));
        q = TSimd.MultiplyAdd(q, t, TSimd.Broadcast(0.102426828f));
        q = TSimd.MultiplyAdd(q, t, TSimd.Broadcast(0.121286447f));
        q = TSimd.MultiplyAdd(q, t, TSimd.Broadcast(0.141222521f));
        q = TSimd.MultiplyAdd(q, t, TSimd.Broadcast(0.141041337f));
        TVector tail = TSimd.Multiply(TSimd.Multiply(t, q), VectorMath<TSimd, TVector>.Exp(TSimd.Multiply(TSimd.Multiply(x, x), TSimd.Broadcast(-0.5f))));
        return TSimd.Select(TSimd.GreaterBits(x, TSimd.Zero), TSimd.Subtract(one, tail), tail);
    }
}
