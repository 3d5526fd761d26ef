namespace Microsoft.ML.Hydra.Numerics;

/// <summary>What a causal convolution over one sequence reads, in pinned memory.</summary>
internal readonly unsafe struct ConvolutionOperands
{
    /// <summary>L: steps.</summary>
    public required int Length { get; init; }

    /// <summary>C: channels.</summary>
    public required int Channels { get; init; }

    /// <summary>k: taps.</summary>
    public required int Taps { get; init; }

    /// <summary>x: L rows of C.</summary>
    public required RowPointer X { get; init; }

    /// <summary>w: taps, oldest first, <c>[k, C]</c>.</summary>
    public required float* Weight { get; init; }

    /// <summary><c>[C]</c>.</summary>
    public required float* Bias { get; init; }
}

/// <summary>
/// Causal depthwise convolution, bias and SiLU in one pass, with zeros before the first step:
/// <code>
/// u_t = bias + Σ_j w_j x_{t − k + 1 + j}        y_t = SiLU(u_t)
/// du_t = dy_t ∘ SiLU'(u_t)      dx_t = Σ_j w_j du_{t + k − 1 − j}      dw_j = Σ_t du_t x_{t − k + 1 + j}      dbias = Σ_t du_t
/// </code>
/// Four taps, the usual number, have loops of their own in which a vector of channels runs through time with its taps and its past
/// in registers.
/// </summary>
internal static unsafe class ConvolutionSilu<TSimd, TVector>
    where TSimd : struct, ISimd<TVector>
{
    /// <summary>Computes y, L rows of C.</summary>
    public static void Forward(in ConvolutionOperands operands, RowPointer y)
    {
        for (int i = 0; i < operands.Channels; i += TSimd.Lanes)
        {
            if (operands.Taps == 4)
            {
                FourTaps(operands, i, y);
            }
            else
            {
                AnyTaps(operands, i, y);
            }
        }
    }

    /// <summary>Computes the gradients of x, of the taps and of the bias from the gradients of y; old content is overwritten.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Backward(in ConvolutionOperands operands, RowPointer dy, RowPointer dx, float* dw, float* dbias, Arena arena)
    {
        (int length, int channels, int taps) = (operands.Length, operands.Channels, operands.Taps);
        if (taps == 4)
        {
            for (int i = 0; i < channels; i += TSimd.Lanes)
            {
                FourTapsBackward(operands, i, dy, dx, dw, dbias);
            }

            return;
        }

        new Span<float>(dw, taps * channels).Clear();
        new Span<float>(dbias, channels).Clear();
        float* ring = arena.Floats((long)taps * channels);                             // du_t at row t % k
        float** later = (float**)arena.Doubles(taps);                                  // du_{t + k − 1 − j} for tap j
        for (int t = 0; t < length + taps - 1; t++)
        {
            if (t < length)
            {
                PreActivationGradient(operands, t, dy[t], ring + (t % taps * (nint)channels), dw, dbias);
            }

            int complete = t - taps + 1;
            if (complete >= 0)
            {
                // Tap j takes du_{t − j}, up to the last one there is.
                int firstTap = Math.Max(0, t + 1 - length);
                for (int j = firstTap; j < taps; j++)
                {
                    later[j] = ring + ((t - j) % taps * (nint)channels);
                }

                InputGradient(operands, dx[complete], later, firstTap);
            }
        }
    }

    // y of the vector of channels from i on
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void FourTaps(in ConvolutionOperands operands, int i, RowPointer y)
    {
        int rest = operands.Channels - i, length = operands.Length;
        nint channels = operands.Channels, xStride = operands.X.Stride, targetStride = y.Stride;
        float* x = operands.X.Start + i, target = y.Start + i, weight = operands.Weight + i;
        bool whole = rest >= TSimd.Lanes;
        TVector w0 = VectorMath<TSimd, TVector>.Load(weight, rest), w1 = VectorMath<TSimd, TVector>.Load(weight + channels, rest);
        TVector w2 = VectorMath<TSimd, TVector>.Load(weight + (2 * channels), rest), w3 = VectorMath<TSimd, TVector>.Load(weight + (3 * channels), rest);
        TVector b = VectorMath<TSimd, TVector>.Load(operands.Bias + i, rest), x0 = TSimd.Zero, x1 = TSimd.Zero, x2 = TSimd.Zero;
        for (; length > 0; length--, x += xStride, target += targetStride)
        {
            TVector x3 = whole ? TSimd.Load(x) : TSimd.LoadPart(x, rest);
            TVector u = TSimd.MultiplyAdd(w1, x1, TSimd.MultiplyAdd(w0, x0, b));
            u = TSimd.MultiplyAdd(w3, x3, TSimd.MultiplyAdd(w2, x2, u));
            u = TSimd.Multiply(u, VectorMath<TSimd, TVector>.Sigmoid(u));
            (x0, x1, x2) = (x1, x2, x3);
            if (whole)
            {
                TSimd.Store(target, u);
            }
            else
            {
                TSimd.StorePart(target, u, rest);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AnyTaps(in ConvolutionOperands operands, int i, RowPointer y)
    {
        for (int t = 0; t < operands.Length; t++)
        {
            TVector u = PreActivation(operands, t, i);
            VectorMath<TSimd, TVector>.Store(y[t] + i, TSimd.Multiply(u, VectorMath<TSimd, TVector>.Sigmoid(u)), operands.Channels - i);
        }
    }

    // All gradients of the vector of channels from i on, with the past of x and du in registers; dx_{t−3} is complete at step t.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void FourTapsBackward(in ConvolutionOperands operands, int i, RowPointer dy, RowPointer dx, float* dw, float* dbias)
    {
        int rest = operands.Channels - i, length = operands.Length;
        nint channels = operands.Channels, xStride = operands.X.Stride, outputStride = dy.Stride, inputStride = dx.Stride;
        float* x = operands.X.Start + i, outputGradient = dy.Start + i, inputGradient = dx.Start + i, weight = operands.Weight + i;
        TVector w0 = VectorMath<TSimd, TVector>.Load(weight, rest), w1 = VectorMath<TSimd, TVector>.Load(weight + channels, rest);
        TVector w2 = VectorMath<TSimd, TVector>.Load(weight + (2 * channels), rest), w3 = VectorMath<TSimd, TVector>.Load(weight + (3 * channels), rest);
        TVector b = VectorMath<TSimd, TVector>.Load(operands.Bias + i, rest);
        TVector x0 = TSimd.Zero, x1 = TSimd.Zero, x2 = TSimd.Zero, d0 = TSimd.Zero, d1 = TSimd.Zero, d2 = TSimd.Zero;
        TVector s0 = TSimd.Zero, s1 = TSimd.Zero, s2 = TSimd.Zero, s3 = TSimd.Zero, sum = TSimd.Zero;
        for (int t = 0; t < length + 3; t++, x += xStride, outputGradient += outputStride)
        {
            TVector d3 = TSimd.Zero;
            if (t < length)
            {
                TVector x3 = VectorMath<TSimd, TVector>.Load(x, rest);
                TVector u = TSimd.MultiplyAdd(w1, x1, TSimd.MultiplyAdd(w0, x0, b));
                u = TSimd.MultiplyAdd(w3, x3, TSimd.MultiplyAdd(w2, x2, u));
                d3 = VectorMath<TSimd, TVector>.SiluDerivative(u, VectorMath<TSimd, TVector>.Sigmoid(u));
                d3 = TSimd.Multiply(VectorMath<TSimd, TVector>.Load(outputGradient, rest), d3);
                s0 = TSimd.MultiplyAdd(d3, x0, s0);
                s1 = TSimd.MultiplyAdd(d3, x1, s1);
                s2 = TSimd.MultiplyAdd(d3, x2, s2);
                s3 = TSimd.MultiplyAdd(d3, x3, s3);
                sum = TSimd.Add(sum, d3);
                (x0, x1, x2) = (x1, x2, x3);
            }

            if (t >= 3)
            {
                TVector dxt = TSimd.MultiplyAdd(w2, d1, TSimd.Multiply(w3, d0));
                dxt = TSimd.MultiplyAdd(w0, d3, TSimd.MultiplyAdd(w1, d2, dxt));
                VectorMath<TSimd, TVector>.Store(inputGradient, dxt, rest);
                inputGradient += inputStride;
            }

            (d0, d1, d2) = (d1, d2, d3);
        }

        float* sums = dw + i;
        VectorMath<TSimd, TVector>.Store(sums, s0, rest);
        VectorMath<TSimd, TVector>.Store(sums + channels, s1, rest);
        VectorMath<TSimd, TVector>.Store(sums + (2 * channels), s2, rest);
        VectorMath<TSimd, TVector>.Store(sums + (3 * channels), s3, rest);
        VectorMath<TSimd, TVector>.Store(dbias + i, sum, rest);
    }

    // u_t of the vector of channels from i on; taps that reach before the first step are left out.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector PreActivation(in ConvolutionOperands operands, int t, int i)
    {
        int taps = operands.Taps, rest = operands.Channels - i;
        TVector u = VectorMath<TSimd, TVector>.Load(operands.Bias + i, rest);
        for (int j = Math.Max(0, taps - 1 - t); j < taps; j++)
        {
            TVector w = VectorMath<TSimd, TVector>.Load(operands.Weight + (j * (nint)operands.Channels) + i, rest);
            u = TSimd.MultiplyAdd(w, VectorMath<TSimd, TVector>.Load(operands.X[t - taps + 1 + j] + i, rest), u);
        }

        return u;
    }

    // du_t, added to the sums of the taps and of the bias
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void PreActivationGradient(in ConvolutionOperands operands, int t, float* dy, float* du, float* dw, float* dbias)
    {
        int channels = operands.Channels, taps = operands.Taps;
        for (int i = 0; i < channels; i += TSimd.Lanes)
        {
            int rest = channels - i;
            TVector u = PreActivation(operands, t, i);
            TVector derivative = VectorMath<TSimd, TVector>.SiluDerivative(u, VectorMath<TSimd, TVector>.Sigmoid(u));
            TVector d = TSimd.Multiply(VectorMath<TSimd, TVector>.Load(dy + i, rest), derivative);
            VectorMath<TSimd, TVector>.Store(du + i, d, rest);
            VectorMath<TSimd, TVector>.Store(dbias + i, TSimd.Add(VectorMath<TSimd, TVector>.Load(dbias + i, rest), d), rest);
            for (int j = Math.Max(0, taps - 1 - t); j < taps; j++)
            {
                float* sum = dw + (j * (nint)channels) + i;
                TVector past = VectorMath<TSimd, TVector>.Load(operands.X[t - taps + 1 + j] + i, rest);
                VectorMath<TSimd, TVector>.Store(sum, TSimd.MultiplyAdd(d, past, VectorMath<TSimd, TVector>.Load(sum, rest)), rest);
            }
        }
    }

    // dx_t = Σ_j w_j du_{t + k − 1 − j}
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void InputGradient(in ConvolutionOperands operands, float* target, float** later, int firstTap)
    {
        int channels = operands.Channels, taps = operands.Taps;
        for (int i = 0; i < channels; i += TSimd.Lanes)
        {
            TVector sum = TSimd.Zero;
            for (int j = firstTap; j < taps; j++)
            {
                TVector w = VectorMath<TSimd, TVector>.Load(operands.Weight + (j * (nint)channels) + i, channels - i);
                sum = TSimd.MultiplyAdd(w, VectorMath<TSimd, TVector>.Load(later[j] + i, channels - i), sum);
            }

            VectorMath<TSimd, TVector>.Store(target + i, sum, channels - i);
        }
    }
}
