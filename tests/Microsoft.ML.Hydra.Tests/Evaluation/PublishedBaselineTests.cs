using Microsoft.ML.Hydra.Evaluation;
using Microsoft.ML.Hydra.Items;
using Microsoft.ML.Hydra.Numerics;
using Microsoft.ML.Hydra.Scoring;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Evaluation;

/// <summary>
/// HR@10 and NDCG@10 measured elsewhere on the same file: last item = test, second last held out of the counts, seen items removed from the
/// ranking. The exact formula of that 10-step chain is not known, so its NDCG has a wider tolerance.
/// </summary>
public sealed class PublishedBaselineTests
{
    [SkippableTheory]
    [InlineData(SequenceBaseline.Popularity, 0.0859, 0.0450, 0.0002)]
    [InlineData(SequenceBaseline.Markov1, 0.1453, 0.0780, 0.002)]
    [InlineData(SequenceBaseline.Markov10, 0.2047, 0.1137, 0.004)]
    public void Figures_on_ml_100k_are_those_measured_elsewhere(SequenceBaseline baseline, double hitRate, double ndcg, double tolerance)
    {
        SequenceRecommendationMetrics metrics = MeasureOnMl100k(baseline);
        Assert.InRange(metrics.HitRateAt(10), hitRate - tolerance, hitRate + tolerance);
        Assert.InRange(metrics.NdcgAt(10), ndcg - tolerance, ndcg + tolerance);
    }

    /// <summary>The ItemKNN measured elsewhere, .1803 and .0970, has another formula; this one must not be worse.</summary>
    [SkippableFact]
    public void ItemKnn_on_ml_100k_is_not_worse_than_one_measured_elsewhere()
    {
        SequenceRecommendationMetrics metrics = MeasureOnMl100k(SequenceBaseline.ItemKnn);
        Assert.InRange(metrics.HitRateAt(10), 0.1803, 1);
        Assert.InRange(metrics.NdcgAt(10), 0.0970, 1);
        Assert.Equal(0.2121, metrics.HitRateAt(10), 4);
        Assert.Equal(0.1090, metrics.NdcgAt(10), 4);
    }

    private static SequenceRecommendationMetrics MeasureOnMl100k(SequenceBaseline baseline)
    {
        int[][]? sequences = SharedData.TryReadSequences("ml-100k");
        Skip.If(sequences is null, "shared/data/ml-100k is not beside the repository.");
        SequenceDataset train = TinyChains.Of(1682, [.. sequences!.Select(s => s[..^2])]);
        SequenceDataset history = TinyChains.Of(1682, [.. sequences!.Select(s => s[..^1])]);
        BatchScorer scorer = BaselineEvaluator.CreateScorer(baseline, train, Popularity.Count(train));

        var ranks = new int[history.Count];
        var scores = new float[history.NumberOfItems + 1];
        for (int user = 0; user < history.Count; user++)
        {
            scorer(history[user], default, [0, history[user].Length], scores);
            var seen = new ulong[CandidateMask.WordCount(scores.Length)];
            foreach (int row in history[user])
            {
                seen[row >> 6] |= 1UL << (row & 63);
            }

            ranks[user] = Ranking.RankOf(scores, sequences![user][^1], new CandidateMask(seen));
        }

        return new SequenceRecommendationMetrics(ranks);
    }
}
