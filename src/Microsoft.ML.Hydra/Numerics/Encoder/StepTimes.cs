namespace Microsoft.ML.Hydra.Numerics;

/// <summary>
/// What the times of some events add to the step sizes of one latent head, before the softplus: <c>W f_t</c> for features
/// f_t of K numbers. Nothing where there are no features.
/// </summary>
/// <param name="features">K.</param>
/// <param name="times">f, <c>[L, K]</c>; null for none.</param>
/// <param name="weight">W, <c>[H, K]</c>.</param>
internal readonly unsafe struct StepTimes(int features, float* times, float* weight)
{
    /// <summary>That of one event and one inner head.</summary>
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
