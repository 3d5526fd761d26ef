using System.Runtime.CompilerServices;

namespace Microsoft.ML.Hydra.Numerics;

/// <summary>The convolution of one vector of channels at one step.</summary>
internal static unsafe class ConvolutionStep<TSimd, TVector>
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    /// <summary><c>u_t</c>; taps that reach before the first step are left out.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Run(float* x, nint xStride, int t, float* weight, nint weightStride, int taps, float* bias, int channels)
    {
        TVector u = VectorMath<TSimd, TVector>.Load(bias, channels);
        for (int j = Math.Max(0, taps - 1 - t); j < taps; j++)
        {
            TVector w = VectorMath<TSimd, TVector>.Load(weight + (j * weightStride), channels);
            u = TSimd.MultiplyAdd(w, VectorMath<TSimd, TVector>.Load(x + ((t - taps + 1 + j) * xStride), channels), u);
        }

        return u;
    }
}
