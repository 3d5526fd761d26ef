namespace Microsoft.ML.Hydra.Items;

/// <summary>
/// Turns the times of a history into the features that a model reads. Event t at time s_t has the features
/// <code>
/// f_t = [ (log(1 + g) − mean) / deviation,  1 where g = 0 ]      g = max(0, s_t − s_{t−1})
/// </code>
/// Mean and deviation are those of log(1 + g) in training, so the unit of time is not declared. The first feature is limited to −10 .. 10. f is 0 for the
/// first event and for an event whose time is missing; the gap after such an event counts from the last known time. Infinite times are refused
/// before (<see cref="FindInfinite"/>); a gap that is beyond the range of a double counts as the largest double.
/// </summary>
/// <param name="Mean">Mean of the logarithms of the gaps of training.</param>
/// <param name="Deviation">Their standard deviation; above 0.</param>
internal sealed record EventClock(double Mean, double Deviation)
{
    /// <summary>K: features of an event.</summary>
    public const int Features = 2;

    /// <summary>The missing time: of an event without a time, and before the first event.</summary>
    public const double Missing = double.NaN;

    // A gap far outside those of training says only that it is far.
    private const double Furthest = 10;

    // Differences of a thousandth are noise, which must not be amplified.
    private const double LeastDeviation = 1e-3;

    /// <summary>A clock fitted to the gaps of some histories; without gaps, or with nearly equal ones, the deviation is 1.</summary>
    /// <param name="times">Times of all events, history after history.</param>
    /// <param name="offsets">History <c>i</c> is <c>times[offsets[i] .. offsets[i + 1])</c>.</param>
    public static EventClock Fit(ReadOnlySpan<double> times, ReadOnlySpan<int> offsets)
    {
        (double mean, double squares, long count) = (0, 0, 0);
        for (int i = 0; i < offsets.Length - 1; i++)
        {
            double last = Missing;
            foreach (double time in times[offsets[i]..offsets[i + 1]])
            {
                if (Gap(ref last, time) is double gap)
                {
                    // One pass that keeps its digits (Welford)
                    double log = Math.Log(1 + gap), change = log - mean;
                    mean += change / ++count;
                    squares += change * (log - mean);
                }
            }
        }

        double deviation = count == 0 ? 0 : Math.Sqrt(squares / count);
        return new EventClock(mean, deviation >= LeastDeviation ? deviation : 1);
    }

    /// <summary>The features of consecutive events.</summary>
    /// <param name="times">Their times.</param>
    /// <param name="last">The last known time before them, <see cref="Missing"/> for none; becomes the last known time of these events.</param>
    /// <param name="features">Receives <c>[events, <see cref="Features"/>]</c>.</param>
    public void Read(ReadOnlySpan<double> times, ref double last, Span<float> features)
    {
        for (int i = 0; i < times.Length; i++)
        {
            Span<float> f = features.Slice(i * Features, Features);
            if (Gap(ref last, times[i]) is double gap)
            {
                double distance = (Math.Log(1 + gap) - Mean) / Deviation;
                (f[0], f[1]) = ((float)Math.Clamp(distance, -Furthest, Furthest), gap == 0 ? 1 : 0);
            }
            else
            {
                f.Clear();
            }
        }
    }

    /// <summary>Appends the features of one more history to those of others.</summary>
    /// <param name="times">Times of all events, this history's last.</param>
    /// <param name="start">Where it starts.</param>
    /// <param name="features">Those of all events, <c>[events, <see cref="Features"/>]</c>; grows.</param>
    public void ReadHistory(ReadOnlySpan<double> times, int start, ref float[] features)
    {
        int length = checked(times.Length * Features);
        if (features.Length < length)
        {
            Array.Resize(ref features, (int)Math.Min(2L * length, Array.MaxLength));
        }

        double last = Missing;
        Read(times[start..], ref last, features.AsSpan((start * Features)..length));
    }

    /// <summary>The features of whole histories.</summary>
    /// <param name="times">Times of all events, history after history.</param>
    /// <param name="offsets">History <c>i</c> is <c>times[offsets[i] .. offsets[i + 1])</c>.</param>
    /// <returns><c>[events, <see cref="Features"/>]</c>.</returns>
    public float[] ReadAll(ReadOnlySpan<double> times, ReadOnlySpan<int> offsets)
    {
        var features = new float[checked(times.Length * Features)];
        for (int i = 0; i < offsets.Length - 1; i++)
        {
            double last = Missing;
            Range events = offsets[i]..offsets[i + 1];
            Read(times[events], ref last, features.AsSpan((offsets[i] * Features)..(offsets[i + 1] * Features)));
        }

        return features;
    }

    /// <summary>Position of the first infinite time, −1 when there is none; NaN is a missing time.</summary>
    public static int FindInfinite(ReadOnlySpan<double> times)
    {
        for (int i = 0; i < times.Length; i++)
        {
            if (double.IsInfinity(times[i]))
            {
                return i;
            }
        }

        return -1;
    }

    /// <summary>The sentence about an infinite time.</summary>
    /// <param name="where">Which event has it, for the beginning of the sentence.</param>
    /// <param name="time">The time.</param>
    public static string DescribeInfinite(string where, double time) =>
        $"{where} has the time {(time > 0 ? "infinity" : "minus infinity")}; give a finite number, or NaN where the time is not known.";

    // Time since the last known one, at least 0; null where one of the two is missing.
    private static double? Gap(ref double last, double time)
    {
        if (!double.IsFinite(time))
        {
            return null;
        }

        // Two finite times may be further apart than a double can hold.
        double gap = Math.Min(Math.Max(0, time - last), double.MaxValue);
        last = time;
        return double.IsNaN(gap) ? null : gap;
    }
}
