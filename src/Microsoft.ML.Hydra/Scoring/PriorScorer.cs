using Microsoft.ML.Hydra.Cooccurrence;
using Microsoft.ML.Hydra.Numerics;

namespace Microsoft.ML.Hydra.Scoring;

/// <summary>Adds a prior to a model's scores, with memory of its own that is kept. One caller at a time.</summary>
/// <param name="prior">The prior.</param>
internal sealed class PriorScorer(CooccurrencePrior prior)
{
    private const int RowsAtOnce = 64;

    private readonly LinkSums _sums = new(prior.Links.NumberOfItems, Math.Min(prior.Links.NumberOfItems, CooccurrencePrior.MaximumReach));
    private readonly float[] _boosts = new float[Math.Min(prior.Links.NumberOfItems, CooccurrencePrior.MaximumReach)];
    private readonly int[] _rows = new int[RowsAtOnce];
    private readonly float[] _scores = new float[RowsAtOnce];
    private readonly float[] _raised = new float[RowsAtOnce];

    /// <summary>Adds to the scores of the whole catalogue after a history.</summary>
    /// <param name="history">Its item rows, oldest first.</param>
    /// <param name="scores"><c>[items + 1]</c>.</param>
    public void AddToAll(ReadOnlySpan<int> history, Span<float> scores)
    {
        Gather(history);
        ReadOnlySpan<int> reached = _sums.Reached;
        for (int i = 0; i < reached.Length; i++)
        {
            scores[reached[i]] += _boosts[i];
        }

        _sums.Clear();
    }

    /// <summary>Adds to the scores of some items after a history.</summary>
    /// <param name="history">Its item rows, oldest first.</param>
    /// <param name="rows">Rows of the items; 0 for none.</param>
    /// <param name="scores">A score for each.</param>
    public void AddTo(ReadOnlySpan<int> history, ReadOnlySpan<int> rows, Span<float> scores)
    {
        Gather(history);
        for (int i = 0; i < rows.Length; i++)
        {
            int at = _sums.Find(rows[i]);
            scores[i] += at < 0 ? 0 : _boosts[at];
        }

        _sums.Clear();
    }

    /// <summary>
    /// Turns a model's best items into those of model and prior: the same as if it were added to the whole catalogue, as a prior only raises
    /// scores. An item outside the model's list scores at most as its last one, so only those that the prior raises far enough are
    /// scored.
    /// </summary>
    /// <param name="history">The item rows, oldest first.</param>
    /// <param name="candidates">Which items may be among them.</param>
    /// <param name="isCandidate">Refuses more, or <see langword="null"/>.</param>
    /// <param name="encoder">Scores more items.</param>
    /// <param name="hidden">The vector after the history.</param>
    /// <param name="rows">The model's best, best first; receives the best of both.</param>
    /// <param name="scores">Their scores; as long.</param>
    public void Merge(
        ReadOnlySpan<int> history, CandidateMask candidates, Func<int, bool>? isCandidate, HistoryEncoder encoder, ReadOnlySpan<float> hidden,
        Span<int> rows, Span<float> scores)
    {
        if (rows.IsEmpty)
        {
            return;
        }

        try
        {
            Gather(history);
            var best = new TopKHeap(rows, scores);
            float last = scores[^1];
            Raise(rows, scores, ref best);
            OfferRisen(candidates, isCandidate, encoder, hidden, last, ref best);
            best.Sort();
        }
        finally
        {
            _sums.Clear();    // the predicate may throw
        }
    }

    private void Gather(ReadOnlySpan<int> history)
    {
        prior.Gather(history, _sums);
        prior.FindBoosts(_sums.Sums, _boosts);
    }

    // The model's best take their boosts, which are then used up. The heap grows over the list that it is made from, one entry behind.
    private void Raise(ReadOnlySpan<int> rows, ReadOnlySpan<float> scores, ref TopKHeap best)
    {
        for (int i = 0; i < rows.Length; i++)
        {
            (int row, float score, int at) = (rows[i], scores[i], _sums.Find(rows[i]));
            if (at >= 0)
            {
                score += _boosts[at];
                _boosts[at] = float.NaN;
            }

            best.Offer(row, score);
        }
    }

    // Rounding is monotonic: whose score is at most the last one's is at most the last one's after the same boost, too.
    private void OfferRisen(
        CandidateMask candidates, Func<int, bool>? isCandidate, HistoryEncoder encoder, ReadOnlySpan<float> hidden, float last, ref TopKHeap best)
    {
        ReadOnlySpan<int> reached = _sums.Reached;
        int count = 0;
        float threshold = best.Threshold;
        for (int i = 0; i < reached.Length; i++)
        {
            if (last + _boosts[i] >= threshold && candidates.IsCandidate(reached[i]))
            {
                (_rows[count], _raised[count++]) = (reached[i], _boosts[i]);
                if (count == RowsAtOnce)
                {
                    Offer(count, isCandidate, encoder, hidden, ref best);
                    (count, threshold) = (0, best.Threshold);
                }
            }
        }

        Offer(count, isCandidate, encoder, hidden, ref best);
    }

    private void Offer(int count, Func<int, bool>? isCandidate, HistoryEncoder encoder, ReadOnlySpan<float> hidden, ref TopKHeap best)
    {
        encoder.Score(hidden, _rows.AsSpan(0, count), _scores.AsSpan(0, count));
        for (int i = 0; i < count; i++)
        {
            best.Offer(_rows[i], _scores[i] + _raised[i], isCandidate);
        }
    }
}
