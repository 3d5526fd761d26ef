namespace Microsoft.ML.Hydra.Numerics;

/// <summary>RMSNorm without a gate over contiguous rows on this thread.</summary>
internal static unsafe class TileNorm<TSimd, TVector>
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    /// <summary>Computes y.</summary>
    public static void Forward(int rows, int width, float* x, float* weight, float* y, Arena arena) =>
        RmsNorm<TSimd, TVector>.Forward(new(rows, width, new(x, width), default, weight), new(y, width), arena);

    /// <summary>Overwrites <paramref name="dx"/>, which may be <paramref name="dy"/>, and adds to the weight's gradient.</summary>
    public static void Backward(int rows, int width, float* x, float* weight, float* dy, float* dx, float* weightGradient, Arena arena)
    {
        float* sums = arena.Floats(width);
        RmsNorm<TSimd, TVector>.Backward(
            new(rows, width, new(x, width), default, weight), new(new(dy, width), new(dx, width), default), sums, arena);
        TileRows<TSimd, TVector>.Add(width, sums, weightGradient);
    }
}
