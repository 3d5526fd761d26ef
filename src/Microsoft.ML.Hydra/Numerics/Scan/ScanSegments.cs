namespace Microsoft.ML.Hydra.Numerics;

/// <summary>
/// Cuts the steps of one head into segments in which decays can be folded into the operands. With the running product from the
/// segment's first step s,
/// <code>
/// f_t = Π_{s &lt; u ≤ t} 1 / decay_u        decay_u = exp(dt_u A)
/// </code>
/// the state <c>S_t = decay_t S_{t−1} + v_t ⊗ B_t</c> is <c>S'_t / f_t</c> with <c>S'_t = S'_{t−1} + (f_t v_t) ⊗ B_t</c>, and the
/// adjoint likewise backwards in time. A segment ends after <see cref="LongestSegment"/> steps, before f would leave
/// [1e-10, 1e10] and before a decay under 0.01: the stiffer the decay, the shorter the segment, down to single steps, whose decay is
/// applied between segments. So no decay over- or underflows. Products run in float64.
/// </summary>
internal unsafe ref struct ScanSegments
{
    public const int LongestSegment = 64;
    private const double Limit = 1e10;

    // Below it, rounding of the differences that make up a step's gradient of log decay would be larger than the gradient.
    private const float LeastFoldedDecay = 0.01f;

    private readonly float* _decay;     // [L]
    private readonly int* _starts;      // [segments + 1]

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private ScanSegments(float* decay, float* growth, float* shrinkage, int* starts, int length)
    {
        _decay = decay;
        Growth = growth;
        Shrinkage = shrinkage;
        _starts = starts;
        double f = 1;
        int start = 0, count = 0;
        for (int t = 0; t < length; t++)
        {
            f *= shrinkage[t];
            if (t == 0 || t - start == LongestSegment || decay[t] < LeastFoldedDecay || !(f is <= Limit and >= 1 / Limit))
            {
                (f, start) = (1, t);
                starts[count++] = t;
            }

            growth[t] = (float)f;
        }

        starts[count] = length;
        Count = count;
    }

    /// <summary>Segments.</summary>
    public int Count { get; }

    /// <summary>f of each step.</summary>
    public float* Growth { get; }

    /// <summary>1 / f of each step.</summary>
    public float* Shrinkage { get; }

    /// <summary>First step of a segment; the length for the index after the last segment.</summary>
    public readonly int Start(int segment) => _starts[segment];

    /// <summary>
    /// The factor from S' at the end of the previous segment to S' at the start of this one, and for the adjoint the other way round:
    /// <c>decay_s / f_{s−1}</c>. For the first segment, the factor from the state before all steps: <c>decay_0</c>.
    /// </summary>
    public readonly float Carry(int segment) =>
        segment == 0 ? _decay[0] : (float)((double)_decay[_starts[segment]] * Shrinkage[_starts[segment] - 1]);

    /// <summary>Finds the segments of a head.</summary>
    /// <param name="dt">The head's step sizes, one at the beginning of each row.</param>
    /// <param name="rate">A.</param>
    /// <param name="length">Steps.</param>
    /// <param name="memory">Holds the results; <see cref="MemoryLength"/> numbers.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static ScanSegments Find<TSimd, TVector>(RowPointer dt, float rate, int length, float* memory)
        where TSimd : struct, ISimd<TVector>
    {
        nint row = Row(length);
        float* decay = memory;
        for (nint t = 0; t < length; t++)
        {
            decay[t] = *dt[t] * rate;
        }

        float* growth = memory + row, shrinkage = memory + (2 * row);
        TVector one = TSimd.Broadcast(1);
        for (int t = 0; t < length; t += TSimd.Lanes)
        {
            TVector value = VectorMath<TSimd, TVector>.Exp(TSimd.Load(decay + t));
            TSimd.Store(decay + t, value);
            TSimd.Store(shrinkage + t, TSimd.Divide(one, value));
        }

        // Up to here shrinkage holds the inverse decays; from here on the inverse products, 1 / f.
        var segments = new ScanSegments(decay, growth, shrinkage, (int*)(memory + (3 * row)), length);
        for (int t = 0; t < length; t += TSimd.Lanes)
        {
            TSimd.Store(shrinkage + t, TSimd.Divide(one, TSimd.Load(growth + t)));
        }

        return segments;
    }

    /// <summary>Numbers of memory for a head.</summary>
    public static long MemoryLength(int length) => 4L * Row(length);

    // Room for whole vectors and for the end of the last segment.
    private static int Row(int length) => (length + 32) / 16 * 16;
}
