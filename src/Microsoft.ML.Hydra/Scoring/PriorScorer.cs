using Microsoft.ML.Hydra.Cooccurrence;
using Microsoft.ML.Hydra.Numerics;

namespace Microsoft.ML.Hydra.Scoring;

/// <summary>Adds a prior to a model's scores, with memory of its own that is kept. One caller at a time.</summary>
/// <param name="prior">The prior.</param>
internal sealed class PriorScorer(CooccurrencePrior prior)
{
    // Far above the rounding of a boost
    private const float Slack = 1e-3f;

    private readonly LinkSums _sums = new(prior.Links.NumberOfItems);
    private int[] _rows = [];
    private float[] _scores = [];

    /// <summary>Adds to the scores of the whole catalogue after a history.</summary>
    /// <param name="history">Its item rows, oldest first.</param>
    /// <param name="scores"><c>[items + 1]</c>.</param>
    public void AddToAll(ReadOnlySpan<int> history, Span<float> scores)
    {
        prior.Gather(history, _sums);
        foreach (int row in _sums.Reached)
        {
            scores[row] += prior.Boost(_sums[row]);
        }

        _sums.Clear();
    }

    /// <summary>Adds to the scores of some items after a history.</summary>
    /// <param name="history">Its item rows, oldest first.</param>
    /// <param name="rows">Rows of the items; 0 or less is none.</param>
    /// <param name="scores">A score for each.</param>
    public void AddTo(ReadOnlySpan<int> history, ReadOnlySpan<int> rows, Span<float> scores)
    {
        prior.Gather(history, _sums);
        for (int i = 0; i < rows.Length; i++)
        {
            if (rows[i] > 0 && _sums[rows[i]] > 0)
            {
                scores[i] += prior.Boost(_sums[rows[i]]);
            }
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
        int count = rows.Length;
        if (count == 0)
        {
            return;
        }

        // As much as any history can reach, so that a later call does not allocate
        Reserve(Math.Max(count, Math.Min(prior.Links.NumberOfItems, CooccurrenceShape.Depth * Cooccurrences.MaximumLinks)));
        rows.CopyTo(_rows);
        scores.CopyTo(_scores);
        try
        {
            prior.Gather(history, _sums);
            Merge(candidates, isCandidate, encoder, hidden, scores[count - 1], new TopKHeap(rows, scores));
        }
        finally
        {
            _sums.Clear();    // the predicate may throw
        }
    }

    private void Merge(
        CandidateMask candidates, Func<int, bool>? isCandidate, HistoryEncoder encoder, ReadOnlySpan<float> hidden, float last, TopKHeap best)
    {
        for (int i = 0; i < best.Capacity; i++)
        {
            double sum = _sums.Take(_rows[i]);
            best.Offer(_rows[i], sum > 0 ? _scores[i] + prior.Boost(sum) : _scores[i]);
        }

        int risen = FindRisen(candidates, prior.LeastSum(best.Threshold - last - Slack));
        encoder.Score(hidden, _rows.AsSpan(0, risen), _scores.AsSpan(0, risen));
        for (int i = 0; i < risen; i++)
        {
            best.Offer(_rows[i], _scores[i] + prior.Boost(_sums[_rows[i]]), isCandidate);
        }

        best.Sort();
    }

    // Leaves in _rows the candidates, of those not yet taken, with at least some sum
    private int FindRisen(CandidateMask candidates, double least)
    {
        int count = 0;
        foreach (int row in _sums.Reached)
        {
            if (_sums[row] > 0 && _sums[row] >= least && candidates.IsCandidate(row))
            {
                _rows[count++] = row;
            }
        }

        return count;
    }

    private void Reserve(int count)
    {
        if (_rows.Length < count)
        {
            (_rows, _scores) = (new int[count], new float[count]);
        }
    }
}
