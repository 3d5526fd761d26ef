namespace Microsoft.ML.Hydra.Numerics;

/// <summary>Step sizes of the scan: <c>dt = softplus(raw + bias + W_time f)</c>, with a small relative error, because small step sizes matter.</summary>
internal static unsafe class StepSizes<TSimd, TVector>
    where TSimd : struct, ISimd<TVector>
{
    /// <summary>Computes dt, <c>[L, H]</c>, from rows of H that are <paramref name="stride"/> numbers apart.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Forward(int length, int heads, float* raw, nint stride, float* bias, StepTimes times, float* steps)
    {
        Gather(length, heads, raw, stride, bias, times, steps);
        Softplus((nint)length * heads, steps);
    }

    /// <summary>Turns numbers into their softplus.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Softplus(nint count, float* steps)
    {
        for (nint i = 0; i < count; i += TSimd.Lanes)
        {
            int rest = (int)Math.Min(count - i, TSimd.Lanes);
            VectorMath<TSimd, TVector>.Store(steps + i, VectorMath<TSimd, TVector>.Softplus(VectorMath<TSimd, TVector>.Load(steps + i, rest)), rest);
        }
    }

    /// <summary>Overwrites the rows of <paramref name="gradient"/>, laid out as the raw ones, and adds to the bias's gradient.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Backward(
        int length, int heads, float* raw, nint stride, float* bias, StepTimes times, float* stepGradient, float* gradient, float* biasGradient, Arena arena)
    {
        nint count = (nint)length * heads;
        float* slopes = arena.Floats(count + TSimd.Lanes);
        Gather(length, heads, raw, stride, bias, times, slopes);
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
    private static void Gather(int length, int heads, float* raw, nint stride, float* bias, StepTimes times, float* target)
    {
        for (nint t = 0; t < length; t++, raw += stride, target += heads)
        {
            for (int h = 0; h < heads; h++)
            {
                target[h] = raw[h] + bias[h] + times.At(t, h);
            }
        }
    }
}

/// <summary>
/// What the times of some events add to the step sizes of one latent head, before the softplus: <c>W f_t</c> for features
/// f_t of K numbers. Nothing where there are no features.
/// </summary>
/// <param name="features">K.</param>
/// <param name="times">f, <c>[L, K]</c>; null for none.</param>
/// <param name="weight">W, <c>[H, K]</c>.</param>
internal readonly unsafe struct StepTimes(int features, float* times, float* weight)
{
    /// <summary>The addend for one event and one inner head.</summary>
    public float At(nint token, int head)
    {
        float sum = 0;
        if (times != null)
        {
            float* f = times + (token * features), w = weight + ((nint)head * features);
            for (int k = 0; k < features; k++)
            {
                sum += w[k] * f[k];
            }
        }

        return sum;
    }

    /// <summary>Adds <c>Σ_t g_t f_t</c> to the gradients of W, from rows g of H that are <paramref name="stride"/> numbers apart.</summary>
    public void Backward(int length, int heads, float* gradient, nint stride, float* weightGradient)
    {
        for (nint i = 0; times != null && i < (nint)heads * features; i++)
        {
            (nint head, nint feature) = Math.DivRem(i, features);
            double sum = 0;
            for (nint t = 0; t < length; t++)
            {
                sum += (double)gradient[(t * stride) + head] * times[(t * features) + feature];
            }

            weightGradient[i] += (float)sum;
        }
    }
}
