using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Microsoft.ML.Hydra.Numerics;

/// <summary>Step sizes of the scan: <c>dt = softplus(raw + bias)</c>, in float64 because small ones are what matters.</summary>
internal static unsafe class StepSizes<TSimd, TVector>
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    // From here on softplus is the identity in float32.
    private const double Linear = 20;

    /// <summary>Computes dt, <c>[L, H]</c>, from rows of H that are <paramref name="stride"/> numbers apart.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Forward(int length, int heads, float* raw, nint stride, float* bias, float* steps)
    {
        Gather(length, heads, raw, stride, bias, steps);
        Softplus((nint)length * heads, steps);
    }

    /// <summary>Turns numbers into their softplus.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Softplus(nint count, float* steps)
    {
        nint i = 0;
        for (; i + 4 <= count; i += 4)
        {
            Softplus(Vector128.Load(steps + i)).Store(steps + i);
        }

        for (; i < count; i++)
        {
            steps[i] = Softplus(Vector128.CreateScalar(steps[i])).ToScalar();
        }
    }

    /// <summary>Overwrites the rows of <paramref name="gradient"/>, laid out as the raw ones, and adds to the bias's gradient.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Backward(
        int length, int heads, float* raw, nint stride, float* bias, float* stepGradient, float* gradient, float* biasGradient, Arena arena)
    {
        nint count = (nint)length * heads;
        float* slopes = arena.Floats(count + TSimd.Lanes);
        Gather(length, heads, raw, stride, bias, slopes);
        for (nint i = 0; i < count; i += TSimd.Lanes)
        {
            TSimd.Store(slopes + i, VectorMath<TSimd, TVector>.Sigmoid(TSimd.Load(slopes + i)));
        }

        for (nint t = 0; t < length; t++)
        {
            for (nint h = 0; h < heads; h++)
            {
                gradient[(t * stride) + h] = slopes[(t * heads) + h] * stepGradient[(t * heads) + h];
            }
        }

        for (nint h = 0; h < heads; h++)
        {
            double sum = 0;
            for (nint t = 0; t < length; t++)
            {
                sum += gradient[(t * stride) + h];
            }

            biasGradient[h] += (float)sum;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Gather(int length, int heads, float* raw, nint stride, float* bias, float* target)
    {
        for (nint t = 0; t < length; t++, raw += stride, target += heads)
        {
            for (int h = 0; h < heads; h++)
            {
                target[h] = raw[h] + bias[h];
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> Softplus(Vector128<float> x)
    {
        (Vector128<double> lower, Vector128<double> upper) = Vector128.Widen(x);
        return Vector128.Narrow(Softplus(lower), Softplus(upper));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<double> Softplus(Vector128<double> x)
    {
        Vector128<double> one = Vector128<double>.One;
        Vector128<double> curved = Vector128.Log(one + Vector128.Exp(Vector128.Min(x, Vector128.Create(Linear))));
        return Vector128.ConditionalSelect(Vector128.GreaterThan(x, Vector128.Create(Linear)), x, curved);
    }
}
