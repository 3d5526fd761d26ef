namespace Microsoft.ML.Hydra.Numerics;

/// <summary>RMSNorm without a gate over contiguous rows on this thread.</summary>
internal static unsafe class TileNorm<TSimd, TVector>
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    /// <summary>Computes y.</summary>
    public static void Forward(int rows, int width, float* x, float* weight, float* y, Arena arena) =>
        new RmsNormForward(new(1, rows, width), rows, 1, x, width, null, 0, weight, y, width).Run<TSimd, TVector>(0, arena);

    /// <summary>Overwrites <paramref name="dx"/>, which may be <paramref name="dy"/>, and adds to the weight's gradient.</summary>
    public static void Backward(int rows, int width, float* x, float* weight, float* dy, float* dx, float* weightGradient, Arena arena)
    {
        float* sums = arena.Floats(width);
        new RmsNormBackward(new(1, rows, width), rows, 1, x, width, null, 0, weight, dy, width, dx, width, null, 0, sums).Run<TSimd, TVector>(0, arena);
        TileRows<TSimd, TVector>.Add(width, sums, weightGradient);
    }
}
