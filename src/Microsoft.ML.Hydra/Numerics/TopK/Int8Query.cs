using System.Runtime.CompilerServices;

namespace Microsoft.ML.Hydra.Numerics;

/// <summary>
/// A query in 7 bits, <c>h = t p + u</c> with whole <c>p</c> in [−63, 63], and what bounds the error of its product with a row
/// <c>e = s q + r</c> of <see cref="Int8Panels"/>:
/// <code>
/// |⟨h, e⟩ − s t ⟨p, q⟩| = |⟨t p, r⟩ + ⟨u, e⟩| ≤ ‖t p‖ ‖r‖ + ‖u‖ ‖e‖        (Cauchy–Schwarz)
/// </code>
/// The bound has room for the rounding of both sides in float32, so that no row is lost whose float32 score is better.
/// </summary>
internal readonly unsafe struct Int8Query
{
    private const int Range = 63; // two products with a byte fit int16

    /// <param name="query">h.</param>
    /// <param name="width">d.</param>
    /// <param name="groups">Receives p, four to a number: ⌈d / 4⌉ numbers.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public Int8Query(float* query, int width, int* groups)
    {
        Groups = groups;
        float largest = LargestOf(query, width);
        HoldsBound = IsRegular(largest);
        if (!HoldsBound)
        {
            return;
        }

        new Span<int>(groups, (width + 3) / 4).Clear();
        Scale = largest / Range;
        float perScale = 1 / Scale;
        double squaredNorm = 0, squaredQuantised = 0, squaredError = 0;
        int sum = 0;
        for (int i = 0; i < width; i++)
        {
            int p = Math.Clamp((int)MathF.Round(query[i] * perScale), -Range, Range);
            ((sbyte*)groups)[i] = (sbyte)p;
            sum += p;
            double h = query[i], quantised = (double)Scale * p;
            squaredNorm += h * h;
            squaredQuantised += quantised * quantised;
            squaredError += (h - quantised) * (h - quantised);
        }

        Offset = -128 * sum;
        double rounding = (width + 32) * Math.Pow(2, -23) * Math.Sqrt(Math.Max(squaredNorm, squaredQuantised));
        ErrorFactor = RoundUp(Math.Sqrt(squaredQuantised));
        NormFactor = RoundUp(Math.Sqrt(squaredError) + rounding);
    }

    /// <summary>
    /// Whether the bound holds: not for a query of zeros, one that is not finite, or one so small or large that products could
    /// leave the range of float32. Nothing else is set then.
    /// </summary>
    public bool HoldsBound { get; }

    /// <summary>Four p to a number.</summary>
    public int* Groups { get; }

    /// <summary>t.</summary>
    public float Scale { get; }

    /// <summary>−128 Σ p, because a code is q + 128.</summary>
    public int Offset { get; }

    /// <summary>‖t p‖, the factor of ‖r‖.</summary>
    public float ErrorFactor { get; }

    /// <summary>‖u‖ and room for rounding, the factor of ‖e‖.</summary>
    public float NormFactor { get; }

    /// <summary>The largest error of a score of a panel, as a multiple of the row's s.</summary>
    public float BoundOf(Int8Panels panels, int panel)
    {
        float* bounds = panels.Bounds(panel);
        return (ErrorFactor * bounds[0]) + (NormFactor * bounds[1]);
    }

    /// <summary>The largest magnitude; NaN when there is one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float LargestOf(float* values, int count)
    {
        // As whole numbers, magnitudes have the order they have as float32, and NaN comes last.
        int largest = 0;
        for (int i = 0; i < count; i++)
        {
            largest = Math.Max(largest, BitConverter.SingleToInt32Bits(values[i]) & int.MaxValue);
        }

        return BitConverter.Int32BitsToSingle(largest);
    }

    /// <summary>Whether products of vectors with such largest magnitudes stay in the range of float32, so that the bound holds.</summary>
    public static bool IsRegular(float largest) => largest is >= 1e-18f and <= 1e18f;

    /// <summary>A float32 number not below, larger by 1e-6 of it.</summary>
    public static float RoundUp(double value) => MathF.BitIncrement((float)(value * (1 + 1e-6)));
}
