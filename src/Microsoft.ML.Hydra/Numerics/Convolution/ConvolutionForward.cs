using System.Runtime.CompilerServices;

namespace Microsoft.ML.Hydra.Numerics;

/// <summary>One task is one sequence of one group.</summary>
internal readonly unsafe struct ConvolutionForward(ConvolutionOperands operands, float* y, nint yStride) : IWork
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run<TSimd, TVector>(int task, Arena arena)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        ConvolutionShape shape = operands.Shape;
        int length = operands.Length(task), channels = shape.Channels;
        float* x = operands.Inputs(task), weight = operands.Weight(task), bias = operands.Bias(task);
        float* output = y + ((nint)task * shape.Length * yStride);
        RowMemory.Clear(output + (length * yStride), yStride, shape.Length - length, channels);
        for (int t = 0; t < length; t++)
        {
            float* target = output + (t * yStride);
            for (int i = 0; i < channels; i += TSimd.Lanes)
            {
                TVector u = ConvolutionStep<TSimd, TVector>.Run(
                    x + i, operands.Stride, t, weight + i, channels, shape.Taps, bias + i, channels - i);
                VectorMath<TSimd, TVector>.Store(target + i, TSimd.Multiply(u, VectorMath<TSimd, TVector>.Sigmoid(u)), channels - i);
            }
        }
    }
}
