using System.Runtime.CompilerServices;

namespace Microsoft.ML.Hydra.Numerics;

/// <summary>One event through the convolution and the scan of one latent head, whose state moves on by it.</summary>
internal static unsafe class HeadStep<TSimd, TVector>
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    /// <summary><c>x ← SiLU(bias + Σ_j w_j past_j + w_{k−1} x)</c>; the oldest input leaves the past, x enters it.</summary>
    /// <param name="channels">C.</param>
    /// <param name="taps">k.</param>
    /// <param name="x">Inputs of the event, <c>[C]</c>, overwritten.</param>
    /// <param name="past">The k − 1 inputs before, oldest first.</param>
    /// <param name="weight">Taps, oldest first, <c>[k, C]</c>.</param>
    /// <param name="bias"><c>[C]</c>.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Convolve(int channels, int taps, float* x, float* past, float* weight, float* bias)
    {
        int i = 0;
        for (; i + TSimd.Lanes <= channels; i += TSimd.Lanes)
        {
            TVector u = TSimd.Load(bias + i), now = TSimd.Load(x + i);
            float* tap = weight + i, input = past + i;
            for (int j = 1; j < taps; j++, tap += channels, input += channels)
            {
                u = TSimd.MultiplyAdd(TSimd.Load(tap), TSimd.Load(input), u);
                TSimd.Store(input, j + 1 < taps ? TSimd.Load(input + channels) : now);
            }

            u = TSimd.MultiplyAdd(TSimd.Load(tap), now, u);
            TSimd.Store(x + i, TSimd.Multiply(u, VectorMath<TSimd, TVector>.Sigmoid(u)));
        }

        if (i < channels)
        {
            int rest = channels - i;
            TVector u = TSimd.LoadPart(bias + i, rest), now = TSimd.LoadPart(x + i, rest);
            float* tap = weight + i, input = past + i;
            for (int j = 1; j < taps; j++, tap += channels, input += channels)
            {
                u = TSimd.MultiplyAdd(TSimd.LoadPart(tap, rest), TSimd.LoadPart(input, rest), u);
                TSimd.StorePart(input, j + 1 < taps ? TSimd.LoadPart(input + channels, rest) : now, rest);
            }

            u = TSimd.MultiplyAdd(TSimd.LoadPart(tap, rest), now, u);
            TSimd.StorePart(x + i, TSimd.Multiply(u, VectorMath<TSimd, TVector>.Sigmoid(u)), rest);
        }
    }

    /// <summary><c>S ← decay S + B ⊗ dt x</c>, then <c>y = S C + D x</c>, for one inner head.</summary>
    /// <param name="width">P.</param>
    /// <param name="stateSize">N.</param>
    /// <param name="decay">exp(dt A).</param>
    /// <param name="step">dt.</param>
    /// <param name="skip">D.</param>
    /// <param name="x"><c>[P]</c>.</param>
    /// <param name="b">B, <c>[N]</c>.</param>
    /// <param name="c">C, <c>[N]</c>.</param>
    /// <param name="state">S, <c>[N, P]</c>.</param>
    /// <param name="y">Receives <c>[P]</c>.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Scan(int width, int stateSize, float decay, float step, float skip, float* x, float* b, float* c, float* state, float* y)
    {
        TVector a = TSimd.Broadcast(decay), dt = TSimd.Broadcast(step), d = TSimd.Broadcast(skip);
        for (int p = 0; p < width; p += TSimd.Lanes)
        {
            int rest = width - p;
            TVector input = VectorMath<TSimd, TVector>.Load(x + p, rest), v = TSimd.Multiply(dt, input);
            TVector even = TSimd.Zero, odd = TSimd.Zero;
            float* row = state + p;
            int n = 0;
            for (; n + 2 <= stateSize; n += 2, row += 2 * width)
            {
                TVector s0 = TSimd.Multiply(a, VectorMath<TSimd, TVector>.Load(row, rest));
                TVector s1 = TSimd.Multiply(a, VectorMath<TSimd, TVector>.Load(row + width, rest));
                s0 = TSimd.MultiplyAdd(TSimd.Broadcast(b[n]), v, s0);
                s1 = TSimd.MultiplyAdd(TSimd.Broadcast(b[n + 1]), v, s1);
                VectorMath<TSimd, TVector>.Store(row, s0, rest);
                VectorMath<TSimd, TVector>.Store(row + width, s1, rest);
                even = TSimd.MultiplyAdd(TSimd.Broadcast(c[n]), s0, even);
                odd = TSimd.MultiplyAdd(TSimd.Broadcast(c[n + 1]), s1, odd);
            }

            if (n < stateSize)
            {
                TVector s = TSimd.MultiplyAdd(TSimd.Broadcast(b[n]), v, TSimd.Multiply(a, VectorMath<TSimd, TVector>.Load(row, rest)));
                VectorMath<TSimd, TVector>.Store(row, s, rest);
                even = TSimd.MultiplyAdd(TSimd.Broadcast(c[n]), s, even);
            }

            VectorMath<TSimd, TVector>.Store(y + p, TSimd.MultiplyAdd(d, input, TSimd.Add(even, odd)), rest);
        }
    }
}
