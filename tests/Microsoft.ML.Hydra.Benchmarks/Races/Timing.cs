using System.Diagnostics;

namespace Microsoft.ML.Hydra.Benchmarks.Races;

/// <summary>Wall-clock times and their medians.</summary>
internal static class Timing
{
    /// <summary>Milliseconds of one run.</summary>
    public static double Milliseconds(Action run)
    {
        long start = Stopwatch.GetTimestamp();
        run();
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }

    /// <summary>The middle value; of an even number, the mean of the two in the middle.</summary>
    public static double Median(double[] values)
    {
        double[] sorted = [.. values.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    /// <summary>The least value that a share of all values, above 0 and up to 1, does not exceed.</summary>
    public static double Percentile(double[] values, double share) => values.Order().ElementAt((int)Math.Ceiling(share * values.Length) - 1);

    /// <summary>The geometric mean of positive values.</summary>
    public static double GeometricMean(IEnumerable<double> values) => Math.Exp(values.Average(Math.Log));
}
