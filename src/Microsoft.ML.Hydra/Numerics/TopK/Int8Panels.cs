namespace Microsoft.ML.Hydra.Numerics;

/// <summary>
/// The rows of a catalogue in 8 bits, <c>e = s q + r</c> with whole <c>q</c> in [−127, 127] and a scale s for each row, and
/// what is needed to bound the error of a score (<see cref="Int8Query"/>). Panels of 64 rows, <c>[I / 64, ⌈d / 4⌉, 64, 4]</c>;
/// a code is <c>q + 128</c>. Immutable.
/// </summary>
/// <remarks>
/// A row that is not finite, or so small or large that products could leave the range of float32, gets the scale +∞: it is
/// never ruled out by a bound.
/// </remarks>
internal sealed unsafe class Int8Panels
{
    private const int PanelRows = CatalogTable.PanelRows;
    private const int Zero = 128;

    private readonly AlignedMemory _codes;
    private readonly AlignedMemory _scales;
    private readonly AlignedMemory _bounds;

    /// <param name="items">The vectors, <c>[I, d]</c>.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="width">d: width of a vector.</param>
    public Int8Panels(float* items, int rows, int width)
    {
        int panels = CandidateMask.WordCount(rows);
        Steps = (width + 3) / 4;
        _codes = new AlignedMemory((long)panels * PanelRows * Steps * 4);
        _scales = new AlignedMemory((long)panels * PanelRows * sizeof(float));
        _bounds = new AlignedMemory((long)panels * 2 * sizeof(float));
        for (int panel = 0; panel < panels; panel++)
        {
            int first = panel * PanelRows;
            new Span<byte>(Codes(panel), PanelRows * Steps * 4).Fill(Zero);
            new Span<float>(Scales(panel), PanelRows).Clear();
            double error = 0, norm = 1; // never 0: a row with the scale +∞ needs a bound above 0
            for (int lane = 0; lane < Math.Min(PanelRows, rows - first); lane++)
            {
                Quantise(items + ((nint)(first + lane) * width), width, Codes(panel) + (lane * 4), Scales(panel) + lane, ref error, ref norm);
            }

            (Bounds(panel)[0], Bounds(panel)[1]) = (Int8Query.RoundUp(error), Int8Query.RoundUp(norm));
        }
    }

    /// <summary>Bytes held.</summary>
    public long Bytes => _codes.Bytes + _scales.Bytes + _bounds.Bytes;

    /// <summary>Groups of four dimensions.</summary>
    public int Steps { get; }

    /// <summary>The codes of a panel.</summary>
    public byte* Codes(int panel) => _codes.Start + ((nint)panel * PanelRows * Steps * 4);

    /// <summary>s of each row of a panel.</summary>
    public float* Scales(int panel) => (float*)_scales.Start + ((nint)panel * PanelRows);

    /// <summary>The largest <c>‖r‖ / s</c> and the largest <c>‖e‖ / s</c> of a panel.</summary>
    public float* Bounds(int panel) => (float*)_bounds.Start + ((nint)panel * 2);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Quantise(float* item, int width, byte* target, float* scale, ref double error, ref double norm)
    {
        float largest = Int8Query.LargestOf(item, width);
        if (largest == 0)
        {
            return;
        }

        if (!Int8Query.IsRegular(largest))
        {
            *scale = float.PositiveInfinity;
            return;
        }

        float s = largest / 127, perScale = 1 / s;
        double squaredError = 0, squaredNorm = 0;
        for (int i = 0; i < width; i++)
        {
            int q = Math.Clamp((int)MathF.Round(item[i] * perScale), -127, 127);
            target[(i / 4 * PanelRows * 4) + (i % 4)] = (byte)(q + Zero);
            double r = item[i] - ((double)s * q);
            squaredError += r * r;
            squaredNorm += (double)item[i] * item[i];
        }

        *scale = s;
        error = Math.Max(error, Math.Sqrt(squaredError) / s);
        norm = Math.Max(norm, Math.Sqrt(squaredNorm) / s);
    }
}

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

    /// <summary>The largest magnitude; NaN when a value is NaN.</summary>
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

    /// <summary>The value enlarged by 1e-6 of it and rounded up to float32: an upper bound.</summary>
    public static float RoundUp(double value) => MathF.BitIncrement((float)(value * (1 + 1e-6)));
}
