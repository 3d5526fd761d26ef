using Microsoft.ML.Hydra.Numerics;
using Microsoft.ML.Hydra.Prior;

namespace Microsoft.ML.Hydra.Training;

/// <summary>Tries priors on held-out events and remembers the best; of equals the first, no prior being the very first.</summary>
internal sealed class PriorSearch
{
    private readonly IReadOnlyList<HeldOutRanking> _rankings;
    private readonly int _asked;
    private readonly double[] _gains;
    private readonly double[] _weights;
    private readonly LinkSums _sums;
    private readonly double[] _linked;
    private readonly float[] _boosts;

    /// <param name="rankings">The held-out events; at least one.</param>
    /// <param name="asked">Held-out events in all, with those that cannot be ranked: misses.</param>
    /// <param name="numberOfItems">Size of the catalogue.</param>
    /// <param name="gains">Gains to try.</param>
    /// <param name="weights">Weights to try with each gain.</param>
    public PriorSearch(IReadOnlyList<HeldOutRanking> rankings, int asked, int numberOfItems, double[] gains, double[] weights)
    {
        (_rankings, _asked, _gains, _weights) = (rankings, asked, gains, weights);
        _sums = new LinkSums(numberOfItems);
        int longest = rankings.Max(ranking => ranking.Rows.Length) + 1;
        (_linked, _boosts) = (new double[longest], new float[longest]);
        Best = new PriorCandidate(default, 0, 0, rankings.Sum(ranking => Ranking.Gain(ranking.Rank(_boosts, 0))) / asked);
    }

    public PriorCandidate Best { get; private set; }

    /// <summary>Tries every gain and weight with some links.</summary>
    public void Try(ItemLinks links, CooccurrenceShape shape)
    {
        var ndcg = new double[_gains.Length, _weights.Length];
        double[] recency = shape.Recency();
        foreach (HeldOutRanking ranking in _rankings)
        {
            _sums.Add(links, ranking.History, recency);
            Span<double> linked = _linked.AsSpan(0, ranking.Rows.Length + 1);
            ranking.FindSums(_sums, linked);
            for (int g = 0; g < _gains.Length; g++)
            {
                CooccurrencePrior.FindLogarithms(linked, _gains[g], _boosts);
                for (int w = 0; w < _weights.Length; w++)
                {
                    ndcg[g, w] += Ranking.Gain(ranking.Rank(_boosts, _weights[w]));
                }
            }

            _sums.Clear();
        }

        for (int g = 0; g < _gains.Length; g++)
        {
            for (int w = 0; w < _weights.Length; w++)
            {
                double mean = ndcg[g, w] / _asked;
                if (mean > Best.Ndcg)
                {
                    Best = new PriorCandidate(shape, _gains[g], _weights[w], mean);
                }
            }
        }
    }
}
