using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Microsoft.ML.Hydra.Prior;

/// <summary>
/// What counting alone says of the next item, added to a model's scores: <c>score(b) + Weight · log(1 + Gain · m(b))</c>, <c>m</c> the
/// recency-weighted links from the last items (<see cref="LinkSums"/>). A product of two experts, the second bounded below. Immutable.
/// </summary>
internal sealed class CooccurrencePrior
{
    /// <summary>Most rows that a history can reach.</summary>
    public const int MaximumReach = CooccurrenceShape.Depth * Cooccurrences.MaximumLinks;

    // Several times the rounding of a sum in single precision of which one term is a product
    private const double RelativeRounding = 1e-6;

    private readonly double[] _recency;

    /// <param name="links">What leads where.</param>
    /// <param name="shape">How it was counted and how the history decays.</param>
    /// <param name="gain">Above 0.</param>
    /// <param name="weight">Above 0.</param>
    public CooccurrencePrior(ItemLinks links, CooccurrenceShape shape, double gain, double weight)
    {
        (Links, Shape, Gain, Weight) = (links, shape, gain, weight);
        _recency = shape.Recency();
    }

    public ItemLinks Links { get; }

    public CooccurrenceShape Shape { get; }

    public double Gain { get; }

    public double Weight { get; }

    /// <summary>Adds up the links from a history's last items.</summary>
    public void Gather(ReadOnlySpan<int> history, LinkSums sums) => sums.Add(Links, history, _recency);

    /// <summary>What is added to scores; above 0 where m is.</summary>
    /// <param name="sums">m of some items.</param>
    /// <param name="boosts">Receives what is added to the score of each.</param>
    public void FindBoosts(ReadOnlySpan<double> sums, Span<float> boosts)
    {
        FindLogarithms(sums, Gain, boosts);
        for (int i = 0; i < sums.Length; i++)
        {
            boosts[i] *= (float)Weight;
        }
    }

    /// <summary>What is added to the score of one item.</summary>
    /// <param name="sum">Its m.</param>
    public float Boost(double sum)
    {
        float boost = 0;
        if (sum > 0)
        {
            FindBoosts(new ReadOnlySpan<double>(in sum), new Span<float>(ref boost));
        }

        return boost;
    }

    /// <summary>A lower bound of the m that lifts a score to a threshold: no smaller m does, whatever the rounding.</summary>
    /// <param name="score">The score, finite or negative infinity.</param>
    /// <param name="threshold">The threshold, likewise.</param>
    public double LeastSum(float score, float threshold)
    {
        double lift = (double)threshold - score;
        double least = (lift * (1 - RelativeRounding)) - (2 * RelativeRounding * Math.Abs(threshold));
        return lift > 0 ? (Math.Exp(least / Weight) - 1) / Gain : 0;
    }

    /// <summary><c>log(1 + gain · m)</c>: boosts at weight 1. That of a sum does not depend on the others.</summary>
    /// <param name="sums">m of some items.</param>
    /// <param name="gain">The gain.</param>
    /// <param name="logarithms">Receives one for each.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void FindLogarithms(ReadOnlySpan<double> sums, double gain, Span<float> logarithms)
    {
        int count = Vector512<double>.Count;
        Span<double> last = stackalloc double[count];
        for (int start = 0; start < sums.Length; start += count)
        {
            int length = Math.Min(count, sums.Length - start);
            sums.Slice(start, length).CopyTo(last);
            Vector512<double> logarithm = Vector512.Log(Vector512<double>.One + (Vector512.Create((ReadOnlySpan<double>)last) * gain));
            for (int i = 0; i < length; i++)
            {
                logarithms[start + i] = (float)logarithm[i];
            }
        }
    }
}
