using Microsoft.ML.Hydra.Numerics;
using Microsoft.ML.Hydra.Prior;

namespace Microsoft.ML.Hydra.Scoring;

/// <summary>A history as the model encoded it.</summary>
/// <param name="encoder">Scores items.</param>
/// <param name="hidden">The vector after the history, <c>[d]</c>.</param>
internal readonly ref struct EncodedHistory(StateEncoder encoder, ReadOnlySpan<float> hidden)
{
    private readonly ReadOnlySpan<float> _hidden = hidden;

    /// <summary>The model's scores of some items.</summary>
    public void Score(ReadOnlySpan<int> rows, Span<float> scores) => encoder.Score(_hidden, rows, scores);
}

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
    /// Turns a model's best items into those of model and prior, with the same result as if the prior were added to the whole catalogue. A prior only
    /// raises scores, and an item outside the model's list scores at most as much as the last item in it: only items that the prior raises far
    /// enough are scored.
    /// </summary>
    /// <param name="history">The item rows, oldest first.</param>
    /// <param name="encoded">The same history, encoded; scores more items.</param>
    /// <param name="candidates">Which items may be among them.</param>
    /// <param name="isCandidate">Excludes more items, or <see langword="null"/>.</param>
    /// <param name="rows">The model's best, best first; receives the best of both.</param>
    /// <param name="scores">Their scores; as long.</param>
    public void Merge(
        ReadOnlySpan<int> history, EncodedHistory encoded, CandidateMask candidates, Func<int, bool>? isCandidate, Span<int> rows, Span<float> scores)
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
            OfferRaised(encoded, candidates, isCandidate, last, ref best);
            best.Sort();
        }
        finally
        {
            _sums.Clear();    // the predicate may throw
        }
    }

    // _boosts receive the boost of each row.
    private void FillBoosts(ReadOnlySpan<int> rows)
    {
        for (int i = 0; i < rows.Length; i++)
        {
            _linkSums[i] = _sums[rows[i]];
        }

        prior.FindBoosts(_linkSums.AsSpan(0, rows.Length), _boosts);
    }

    // The model's best items get their boosts, and their sums are taken. The heap uses the memory of the list that it is made from and never holds
    // more entries than were read from it.
    private void Raise(ReadOnlySpan<int> rows, ReadOnlySpan<float> scores, ref TopKHeap best)
    {
        for (int i = 0; i < rows.Length; i++)
        {
            (int row, float score) = (rows[i], scores[i]);
            best.Offer(row, score + prior.Boost(_sums.Take(row)));
        }
    }

    // Rounding is monotonic: a score that is at most the last one is also at most the last one after the same boost. So only sums whose boost
    // raises the last score to the threshold count, and few must be turned into boosts.
    private void OfferRaised(EncodedHistory encoded, CandidateMask candidates, Func<int, bool>? isCandidate, float last, ref TopKHeap best)
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
                    Offer(count, encoded, isCandidate, ref best);
                    (count, least) = (0, prior.LeastSum(last, best.Threshold));
                }
            }
        }

        Offer(count, encoded, isCandidate, ref best);
    }

    private void Offer(int count, EncodedHistory encoded, Func<int, bool>? isCandidate, ref TopKHeap best)
    {
        FillBoosts(_rows.AsSpan(0, count));
        encoded.Score(_rows.AsSpan(0, count), _scores.AsSpan(0, count));
        for (int i = 0; i < count; i++)
        {
            best.Offer(_rows[i], _scores[i] + _boosts[i], isCandidate);
        }
    }
}
