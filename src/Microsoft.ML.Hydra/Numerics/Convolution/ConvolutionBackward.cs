using System.Runtime.CompilerServices;

namespace Microsoft.ML.Hydra.Numerics;

/// <summary>
/// One task is one sequence of one group. Four taps stay in registers; any other number keeps the last k rows of du at hand:
/// <code>
/// du_t = dy_t ∘ SiLU'(u_t)      dx_t = Σ_j w_j du_{t + k − 1 − j}      dw_j = Σ_t du_t x_{t − k + 1 + j}      dbias = Σ_t du_t
/// </code>
/// </summary>
internal readonly unsafe struct ConvolutionBackward(
    ConvolutionOperands operands, float* dy, nint dyStride, float* dx, nint dxStride, float* tapSums, float* biasSums) : IWork
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run<TSimd, TVector>(int task, Arena arena)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        ConvolutionShape shape = operands.Shape;
        int length = operands.Length(task), channels = shape.Channels, taps = shape.Taps;
        nint firstRow = (nint)task * shape.Length;
        float* target = dx + (firstRow * dxStride), weight = operands.Weight(task);
        float* dw = tapSums + ((nint)task * taps * channels), dbias = biasSums + ((nint)task * channels);
        new Span<float>(dw, taps * channels).Clear();
        new Span<float>(dbias, channels).Clear();
        RowMemory.Clear(target + (length * dxStride), dxStride, shape.Length - length, channels);
        if (taps == 4)
        {
            for (int i = 0; i < channels; i += TSimd.Lanes)
            {
                FourTaps<TSimd, TVector>(
                    operands.Inputs(task) + i, weight + i, operands.Bias(task) + i, dy + (firstRow * dyStride) + i, target + i, dw + i, dbias + i,
                    length, channels - i);
            }

            return;
        }

        float* ring = arena.Floats((long)taps * channels);                             // du_t at row t % k
        float** later = (float**)arena.Doubles(taps);                                  // du_{t + k − 1 − j} for tap j
        for (int t = 0; t < length + taps - 1; t++)
        {
            if (t < length)
            {
                PreActivationGradient<TSimd, TVector>(
                    task, t, dy + ((firstRow + t) * dyStride), ring + (t % taps * (nint)channels), dw, dbias);
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

                InputGradient<TSimd, TVector>(target + (complete * dxStride), weight, later, firstTap);
            }
        }
    }

    // One vector of channels through time, with the past of x and du in registers; dx_{t−3} is complete at step t.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void FourTaps<TSimd, TVector>(
        float* x, float* weight, float* bias, float* outputGradient, float* inputGradient, float* dw, float* dbias, int length, int rest)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        nint channels = operands.Shape.Channels, xStride = operands.Stride, outputStride = dyStride, inputStride = dxStride;
        TVector w0 = VectorMath<TSimd, TVector>.Load(weight, rest), w1 = VectorMath<TSimd, TVector>.Load(weight + channels, rest);
        TVector w2 = VectorMath<TSimd, TVector>.Load(weight + (2 * channels), rest), w3 = VectorMath<TSimd, TVector>.Load(weight + (3 * channels), rest);
        TVector b = VectorMath<TSimd, TVector>.Load(bias, rest);
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

        VectorMath<TSimd, TVector>.Store(dw, s0, rest);
        VectorMath<TSimd, TVector>.Store(dw + channels, s1, rest);
        VectorMath<TSimd, TVector>.Store(dw + (2 * channels), s2, rest);
        VectorMath<TSimd, TVector>.Store(dw + (3 * channels), s3, rest);
        VectorMath<TSimd, TVector>.Store(dbias, sum, rest);
    }

    // dx_t = Σ_j w_j du_{t + k − 1 − j}
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void InputGradient<TSimd, TVector>(float* target, float* weight, float** later, int firstTap)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        int channels = operands.Shape.Channels, taps = operands.Shape.Taps;
        for (int i = 0; i < channels; i += TSimd.Lanes)
        {
            TVector sum = TSimd.Zero;
            for (int j = firstTap; j < taps; j++)
            {
                TVector w = VectorMath<TSimd, TVector>.Load(weight + (j * (nint)channels) + i, channels - i);
                sum = TSimd.MultiplyAdd(w, VectorMath<TSimd, TVector>.Load(later[j] + i, channels - i), sum);
            }

            VectorMath<TSimd, TVector>.Store(target + i, sum, channels - i);
        }
    }

    // du_t, added to the sums of the taps and of the bias
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void PreActivationGradient<TSimd, TVector>(int task, int t, float* dyRow, float* du, float* dw, float* dbias)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        int channels = operands.Shape.Channels, taps = operands.Shape.Taps;
        nint stride = operands.Stride;
        float* x = operands.Inputs(task), weight = operands.Weight(task), bias = operands.Bias(task);
        for (int i = 0; i < channels; i += TSimd.Lanes)
        {
            int rest = channels - i;
            TVector u = ConvolutionStep<TSimd, TVector>.Run(x + i, stride, t, weight + i, channels, taps, bias + i, rest);
            TVector derivative = VectorMath<TSimd, TVector>.SiluDerivative(u, VectorMath<TSimd, TVector>.Sigmoid(u));
            TVector d = TSimd.Multiply(VectorMath<TSimd, TVector>.Load(dyRow + i, rest), derivative);
            VectorMath<TSimd, TVector>.Store(du + i, d, rest);
            VectorMath<TSimd, TVector>.Store(dbias + i, TSimd.Add(VectorMath<TSimd, TVector>.Load(dbias + i, rest), d), rest);
            for (int j = Math.Max(0, taps - 1 - t); j < taps; j++)
            {
                float* sum = dw + (j * (nint)channels) + i;
                TVector past = VectorMath<TSimd, TVector>.Load(x + ((t - taps + 1 + j) * stride) + i, rest);
                VectorMath<TSimd, TVector>.Store(sum, TSimd.MultiplyAdd(d, past, VectorMath<TSimd, TVector>.Load(sum, rest)), rest);
            }
        }
    }
}
