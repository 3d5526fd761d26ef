using Microsoft.ML.Hydra.Data;
using Microsoft.ML.Hydra.Numerics;

namespace Microsoft.ML.Hydra.Scoring;

/// <summary>
/// Moves sequences on by events and recommends after them, with memory of its own that is kept: after the first calls nothing is
/// allocated. One caller at a time.
/// </summary>
internal sealed class SequenceRecommender(ScoringWeights weights) : IDisposable
{
    private readonly HistoryEncoder _encoder = new(weights);
    private readonly float[] _scores = new float[weights.Sizes.NumberOfItems + 1];
    private ulong[] _mask = new ulong[CandidateMask.WordCount(weights.Sizes.NumberOfItems + 1)];
    private int[] _rows = [];
    private float[] _topScores = [];

    /// <summary>Moves a sequence on.</summary>
    public void Append(SequenceState sequence, ReadOnlySpan<int> rows) => _encoder.Append(sequence, rows);

    /// <summary>Scores of the catalogue after a sequence, by row; after an empty one those of popularity. Valid until the next call.</summary>
    public ReadOnlySpan<float> Score(SequenceState sequence, ScoringModel model)
    {
        if (sequence.Events == 0)
        {
            return model.PopularityScores;
        }

        _encoder.Score(sequence, _scores);
        return _scores;
    }

    /// <summary>The best candidates after a sequence, best first.</summary>
    /// <param name="sequence">The sequence.</param>
    /// <param name="seen">Item rows of its events.</param>
    /// <param name="plan">What may be recommended.</param>
    /// <param name="ids">Names the items.</param>
    /// <param name="accepts">Asked of candidates, best first, until there are enough; null accepts all.</param>
    /// <param name="target">Receives as many as it is long.</param>
    /// <returns>How many there are.</returns>
    public int Recommend<TItem>(
        SequenceState sequence, ReadOnlySpan<int> seen, RecommendationPlan plan, IItemIds<TItem> ids, Func<TItem, bool>? accepts,
        Span<RecommendedItem<TItem>> target)
    {
        ReadOnlySpan<float> scores = Score(sequence, plan.Model);
        CandidateMask candidates = plan.Filter.Compose(seen, plan.Model.NumberOfItems, ref _mask);
        return accepts is null ? Best(scores, candidates, ids, target) : BestAccepted(scores, candidates, ids, accepts, target);
    }

    /// <summary>The items nearest to one by the cosine of their vectors, nearest first.</summary>
    /// <param name="row">Row of the one item, which is none of them.</param>
    /// <param name="plan">Which items may be given; seen items have no meaning here.</param>
    /// <param name="ids">Names the items.</param>
    /// <param name="target">Receives as many as it is long.</param>
    /// <returns>How many there are.</returns>
    public int FindSimilar<TItem>(int row, RecommendationPlan plan, IItemIds<TItem> ids, Span<RecommendedItem<TItem>> target)
    {
        _encoder.Compare(row, _scores);
        return Best(_scores, plan.Filter.Exclude([row], plan.Model.NumberOfItems, ref _mask), ids, target);
    }

    public void Dispose() => _encoder.Dispose();

    private int Best<TItem>(ReadOnlySpan<float> scores, CandidateMask candidates, IItemIds<TItem> ids, Span<RecommendedItem<TItem>> target)
    {
        int count = Rank(scores, target.Length, candidates);
        for (int i = 0; i < count; i++)
        {
            target[i] = new(ids.IdOf(_rows[i]), _topScores[i]);
        }

        return count;
    }

    // Ranks more and more candidates, until enough of the best are accepted.
    private int BestAccepted<TItem>(
        ReadOnlySpan<float> scores, CandidateMask candidates, IItemIds<TItem> ids, Func<TItem, bool> accepts, Span<RecommendedItem<TItem>> target)
    {
        int found = 0, asked = 0;
        for (int wanted = 2 * target.Length; found < target.Length; wanted *= 2)
        {
            int count = Rank(scores, wanted, candidates);
            for (; asked < count && found < target.Length; asked++)
            {
                TItem item = ids.IdOf(_rows[asked]);
                if (accepts(item))
                {
                    target[found++] = new(item, _topScores[asked]);
                }
            }

            if (count < wanted)
            {
                break;   // those were all
            }
        }

        return found;
    }

    // The one place where the catalogue is ranked
    private int Rank(ReadOnlySpan<float> scores, int k, CandidateMask candidates)
    {
        k = Math.Min(k, scores.Length);
        if (_rows.Length < k)
        {
            (_rows, _topScores) = (new int[k], new float[k]);
        }

        return Ranking.TopK(scores, k, candidates, _rows, _topScores);
    }
}
