using Microsoft.ML.Hydra.Numerics;
using Microsoft.ML.Hydra.Prior;

namespace Microsoft.ML.Hydra.Scoring;

/// <summary>Adds a prior to a model's scores, with memory of its own that is kept. One caller at a time.</summary>
/// <param name="prior">The prior.</param>
internal sealed class PriorScorer(CooccurrencePrior prior)
{
    private const int RowsAtOnce = 64;

    private readonly LinkSums _sums = new(prior.Links.NumberOfItems, Math.Min(prior.Links.NumberOfItems, CooccurrencePrior.MaximumReach));
    private readonly int[] _rows = new int[RowsAtOnce];
    private readonly float[] _scores = new float[RowsAtOnce];
    private readonly double[] _linkSums = new double[RowsAtOnce];
    private readonly float[] _boosts = new float[RowsAtOnce];

    /// <summary>Adds to the scores of the whole catalogue after a history.</summary>
    /// <param name="history">Its item rows, oldest first.</param>
    /// <param name="scores"><c>[items + 1]</c>.</param>
    public void AddToAll(ReadOnlySpan<int> history, Span<float> scores)
    {
        prior.Gather(history, _sums);
        for (ReadOnlySpan<int> left = _sums.Reached; !left.IsEmpty; left = left[Math.Min(RowsAtOnce, left.Length)..])
        {
            ReadOnlySpan<int> rows = left[..Math.Min(RowsAtOnce, left.Length)];
            FillBoosts(rows);
            for (int i = 0; i < rows.Length; i++)
            {
                scores[rows[i]] += _boosts[i];
            }
        }

        _sums.Clear();
    }

    /// <summary>Adds to the scores of some items after a history.</summary>
    /// <param name="history">Its item rows, oldest first.</param>
    /// <param name="rows">Rows of the items; 0 for none.</param>
    /// <param name="scores">A score for each.</param>
    public void AddTo(ReadOnlySpan<int> history, ReadOnlySpan<int> rows, Span<float> scores)
    {
        prior.Gather(history, _sums);
        for (int i = 0; i < rows.Length; i++)
        {
            scores[i] += prior.Boost(_sums[rows[i]]);
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
        ReadOnlySpan<int> history, CandidateMask candidates, Func<int, bool>? isCandidate, StateEncoder encoder, ReadOnlySpan<float> hidden,
        Span<int> rows, Span<float> scores)
    {
        if (rows.IsEmpty)
        {
            return;
        }

        try
        {
            prior.Gather(history, _sums);
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

    // _boosts get what is added to the score of each row.
    private void FillBoosts(ReadOnlySpan<int> rows)
    {
        for (int i = 0; i < rows.Length; i++)
        {
            _linkSums[i] = _sums[rows[i]];
        }

        prior.FindBoosts(_linkSums.AsSpan(0, rows.Length), _boosts);
    }

    // The model's best take their boosts, and their sums are used up. The heap lies over the list that it is made from and never holds more
    // entries than were read of it.
    private void Raise(ReadOnlySpan<int> rows, ReadOnlySpan<float> scores, ref TopKHeap best)
    {
        for (int i = 0; i < rows.Length; i++)
        {
            (int row, float score) = (rows[i], scores[i]);
            best.Offer(row, score + prior.Boost(_sums.Take(row)));
        }
    }

    // Rounding is monotonic: whose score is at most the last one's is at most the last one's after the same boost, too. So only sums whose
    // boost lifts the last one to the threshold are looked at, and few have to be turned into boosts.
    private void OfferRisen(
        CandidateMask candidates, Func<int, bool>? isCandidate, StateEncoder encoder, ReadOnlySpan<float> hidden, float last, ref TopKHeap best)
    {
        ReadOnlySpan<int> reached = _sums.Reached;
        int count = 0;
        double least = prior.LeastSum(last, best.Threshold);
        for (int i = _sums.FindAtLeast(least, 0); i >= 0; i = _sums.FindAtLeast(least, i + 1))
        {
            if (candidates.IsCandidate(reached[i]))
            {
                _rows[count++] = reached[i];
                if (count == RowsAtOnce)
                {
                    Offer(count, isCandidate, encoder, hidden, ref best);
                    (count, least) = (0, prior.LeastSum(last, best.Threshold));
                }
            }
        }

        Offer(count, isCandidate, encoder, hidden, ref best);
    }

    private void Offer(int count, Func<int, bool>? isCandidate, StateEncoder encoder, ReadOnlySpan<float> hidden, ref TopKHeap best)
    {
        FillBoosts(_rows.AsSpan(0, count));
        encoder.Score(hidden, _rows.AsSpan(0, count), _scores.AsSpan(0, count));
        for (int i = 0; i < count; i++)
        {
            best.Offer(_rows[i], _scores[i] + _boosts[i], isCandidate);
        }
    }
}
