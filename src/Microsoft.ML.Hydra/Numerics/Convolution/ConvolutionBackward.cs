using System.Runtime.CompilerServices;

namespace Microsoft.ML.Hydra.Numerics;

/// <summary>
/// One task is one sequence of one group, with the last k rows of du at hand:
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
