using Microsoft.ML.Hydra.Features;
using Microsoft.ML.Hydra.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Hydra.Training;

/// <summary>Fits the feature space to the items with training events: which tokens count, and the mean and the whitening of the numbers.</summary>
internal static class FeatureSpaceFit
{
    /// <summary>Directions kept: those of the largest variance.</summary>
    public const int MostDirections = 128;

    // A direction with less variance than this share of the largest is noise of rounding.
    private const double LeastVariance = 1e-6;

    // Numbers that differ by less have no inverse in single precision.
    private const double LeastSquare = 1e-60;

    private const int RowsAtOnce = 4096;

    /// <summary>Fits a space.</summary>
    /// <param name="content">What is known of the items.</param>
    /// <param name="events">Training events by item row.</param>
    public static FeatureSpace Fit(ItemContent content, ReadOnlySpan<int> events)
    {
        var rows = new List<int>();
        for (int row = 1; row < events.Length; row++)
        {
            if (events[row] > 0 && content.IsDescribed[row])
            {
                rows.Add(row);
            }
        }

        return new FeatureSpace(
            content.Tokens is { } tokens ? WordSpace.Fit(rows.Select(row => tokens[row])) : null,
            content.Numbers is { } numbers && rows.Count > 0 ? Whiten(numbers, rows) : null);
    }

    // Null where every item has the same numbers: they say nothing.
    private static NumberSpace? Whiten(SparseRows numbers, List<int> rows)
    {
        int width = numbers.NumberOfColumns;
        float[] mean = NumberSpace.MeanOf(numbers, rows);
        if (width > NumberSpace.WidestWhitened)
        {
            return new NumberSpace(mean, []);
        }

        using DisposeScope scope = NewDisposeScope();
        using IDisposable inference = no_grad();
        (Tensor variances, Tensor vectors) = linalg.eigh(Covariance(numbers, rows, mean));    // ascending
        double[] variance = variances.data<double>().ToArray();
        int kept = Math.Min(MostDirections, variance.Count(v => v > LeastVariance * variance[^1] && v > LeastSquare));
        if (kept == 0)
        {
            return null;
        }

        Tensor directions = vectors.narrow(1, width - kept, kept) * variances.narrow(0, width - kept, kept).rsqrt() / Math.Sqrt(kept);
        return new NumberSpace(mean, directions.to(ScalarType.Float32).contiguous().data<float>().ToArray());
    }

    // [n, n]
    private static Tensor Covariance(SparseRows numbers, List<int> rows, float[] mean)
    {
        Tensor sum = zeros([mean.Length, mean.Length], ScalarType.Float64);
        for (int first = 0; first < rows.Count; first += RowsAtOnce)
        {
            using DisposeScope block = NewDisposeScope();
            int count = Math.Min(RowsAtOnce, rows.Count - first);
            var centred = new float[count * mean.Length];
            for (int i = 0; i < count; i++)
            {
                NumberSpace.Centre(mean, numbers, rows[first + i]).CopyTo(centred, i * mean.Length);
            }

            Tensor x = tensor(centred).view(count, mean.Length).to(ScalarType.Float64);
            sum.add_(x.t().mm(x));
        }

        return sum / rows.Count;
    }
}
