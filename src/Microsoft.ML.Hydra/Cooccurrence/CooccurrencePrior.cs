namespace Microsoft.ML.Hydra.Cooccurrence;

/// <summary>
/// What counting alone says of the next item, added to a model's scores: <c>score(b) + Weight · log(1 + Gain · m(b))</c>, <c>m</c> the
/// recency-weighted links from the last items (<see cref="LinkSums"/>). A product of two experts, the second bounded below. Immutable.
/// </summary>
internal sealed class CooccurrencePrior
{
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

    /// <summary>What is added to a score; above 0 where m is.</summary>
    public float Boost(double m) => (float)(Weight * Math.Log(1 + (Gain * m)));

    /// <summary>The m from which on the boost exceeds a bound.</summary>
    public double LeastSum(double boost) => (Math.Exp(boost / Weight) - 1) / Gain;
}
