using System.Runtime.CompilerServices;

namespace Microsoft.ML.Hydra.Numerics;

/// <summary>One task is one sequence of one group. A vector of channels runs through time with its taps and its past in registers.</summary>
internal readonly unsafe struct ConvolutionForward(ConvolutionOperands operands, float* y, nint yStride) : IWork
{
    public void Run<TSimd, TVector>(int task, Arena arena)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        ConvolutionShape shape = operands.Shape;
        int length = operands.Length(task), channels = shape.Channels;
        float* x = operands.Inputs(task), weight = operands.Weight(task), bias = operands.Bias(task);
        float* output = y + ((nint)task * shape.Length * yStride);
        RowMemory.Clear(output + (length * yStride), yStride, shape.Length - length, channels);
        for (int i = 0; i < channels; i += TSimd.Lanes)
        {
            if (shape.Taps == 4)
            {
                FourTaps<TSimd, TVector>(x + i, weight + i, bias + i, output + i, length, channels - i);
            }
            else
            {
                AnyTaps<TSimd, TVector>(x + i, weight + i, bias + i, output + i, length, channels - i);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void FourTaps<TSimd, TVector>(float* x, float* weight, float* bias, float* target, int length, int rest)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        nint channels = operands.Shape.Channels, xStride = operands.Stride, targetStride = yStride;
        bool whole = rest >= TSimd.Lanes;
        TVector w0 = VectorMath<TSimd, TVector>.Load(weight, rest), w1 = VectorMath<TSimd, TVector>.Load(weight + channels, rest);
        TVector w2 = VectorMath<TSimd, TVector>.Load(weight + (2 * channels), rest), w3 = VectorMath<TSimd, TVector>.Load(weight + (3 * channels), rest);
        TVector b = VectorMath<TSimd, TVector>.Load(bias, rest), x0 = TSimd.Zero, x1 = TSimd.Zero, x2 = TSimd.Zero;
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
    private void AnyTaps<TSimd, TVector>(float* x, float* weight, float* bias, float* target, int length, int rest)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        for (int t = 0; t < length; t++)
        {
            TVector u = ConvolutionStep<TSimd, TVector>.Run(
                x, operands.Stride, t, weight, operands.Shape.Channels, operands.Shape.Taps, bias, rest);
            VectorMath<TSimd, TVector>.Store(target + (t * yStride), TSimd.Multiply(u, VectorMath<TSimd, TVector>.Sigmoid(u)), rest);
        }
    }
}
