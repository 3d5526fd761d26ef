using Microsoft.ML.Hydra.Items;
using Microsoft.ML.Hydra.Numerics;
using Microsoft.ML.Hydra.Prior;

namespace Microsoft.ML.Hydra.Scoring;

/// <summary>
/// Moves sequences on by events and recommends after them, with memory of its own that is kept: after the first calls nothing is
/// allocated. One caller at a time.
/// </summary>
/// <param name="weights">The model's weights.</param>
/// <param name="prior">Added to the model's scores, or <see langword="null"/>.</param>
internal sealed class SequenceRecommender(ScoringWeights weights, CooccurrencePrior? prior) : IDisposable
{
    private readonly StateEncoder _encoder = new(weights);
    private readonly PriorScorer? _prior = prior is null ? null : new(prior);
    private readonly float[] _hidden = new float[weights.Sizes.Width];
    private ulong[] _mask = [];
    private int[] _rows = [];
    private float[] _scores = [];
    private object? _predicate;   // RowPredicate of the items' type

    /// <summary>Moves a sequence on.</summary>
    /// <param name="sequence">The sequence.</param>
    /// <param name="rows">Item rows of the events, oldest first.</param>
    /// <param name="times">Features of their times, <c>[events, K]</c>; empty for none.</param>
    public void Append(SequenceState sequence, ReadOnlySpan<int> rows, ReadOnlySpan<float> times) => _encoder.Append(sequence, rows, times);

    /// <summary>Scores items after a sequence, after an empty one by popularity; NaN for items that the vocabulary does not know.</summary>
    public void Score<TItem>(
        SequenceState sequence, ReadOnlySpan<int> recent, ScoringModel model, IItemIds<TItem> ids, ReadOnlySpan<TItem> items, Span<float> scores)
    {
        Reserve(items.Length);
        Span<int> rows = _rows.AsSpan(0, items.Length);
        for (int i = 0; i < items.Length; i++)
        {
            rows[i] = Math.Max(0, ids.FindRow(items[i]));
        }

        if (sequence.Events > 0)
        {
            _encoder.Encode(sequence, _hidden);
            _encoder.Score(_hidden, rows, scores);
            _prior?.AddTo(recent, rows, scores);
            return;
        }

        for (int i = 0; i < items.Length; i++)
        {
            scores[i] = rows[i] > 0 ? model.PopularityScores[rows[i]] : float.NaN;
        }
    }

    /// <summary>The best candidates after a sequence, best first; after an empty one the most popular.</summary>
    /// <param name="sequence">The sequence.</param>
    /// <param name="recent">Item rows of its last events, oldest first.</param>
    /// <param name="seen">Item rows of its events.</param>
    /// <param name="plan">What may be recommended.</param>
    /// <param name="ids">Names the items.</param>
    /// <param name="accepts">Asked of candidates; null accepts all.</param>
    /// <param name="target">Receives as many as it is long.</param>
    /// <returns>How many there are.</returns>
    public int Recommend<TItem>(
        SequenceState sequence, ReadOnlySpan<int> recent, ReadOnlySpan<int> seen, RecommendationPlan plan, IItemIds<TItem> ids,
        Func<TItem, bool>? accepts, Span<RecommendedItem<TItem>> target)
    {
        CandidateMask candidates = plan.Filter.Compose(seen, plan.Model.NumberOfItems, ref _mask);
        int wanted = Math.Min(target.Length, plan.Model.NumberOfItems);
        if (accepts is null)
        {
            return Name(ids, Rank(sequence, recent, plan.Model, wanted, candidates, null), target);
        }

        // Few calls where many are accepted: the best are asked first. Where that is not enough, whoever would enter the list is.
        int ranked = Rank(sequence, recent, plan.Model, Math.Min(2 * wanted, plan.Model.NumberOfItems), candidates, null), found = 0;
        for (int i = 0; i < ranked && found < wanted; i++)
        {
            TItem item = ids.IdOf(_rows[i]);
            if (accepts(item))
            {
                target[found++] = new(item, _scores[i]);
            }
        }

        if (found == wanted || ranked < 2 * wanted)
        {
            return found;
        }

        RowPredicate<TItem> predicate = Predicate<TItem>();
        using RowPredicate<TItem>.Use use = predicate.With(ids, accepts);
        return Name(ids, Rank(sequence, recent, plan.Model, wanted, candidates, predicate.Accepts), target);
    }

    /// <summary>The items nearest to one by the cosine of their vectors, nearest first.</summary>
    /// <param name="row">Row of the one item, which is none of them.</param>
    /// <param name="plan">Which items may be given; seen items have no meaning here.</param>
    /// <param name="ids">Names the items.</param>
    /// <param name="target">Receives as many as it is long.</param>
    /// <returns>How many there are.</returns>
    public int FindSimilar<TItem>(int row, RecommendationPlan plan, IItemIds<TItem> ids, Span<RecommendedItem<TItem>> target)
    {
        var cosines = new float[plan.Model.NumberOfItems + 1];
        _encoder.Compare(row, cosines);
        CandidateMask candidates = plan.Filter.Exclude([row], plan.Model.NumberOfItems, ref _mask);
        Reserve(target.Length);
        return Name(ids, Ranking.TopK(cosines, target.Length, candidates, _rows, _scores), target);
    }

    public void Dispose() => _encoder.Dispose();

    // Leaves the best in _rows and _scores
    private int Rank(
        SequenceState sequence, ReadOnlySpan<int> recent, ScoringModel model, int k, CandidateMask candidates, Func<int, bool>? isCandidate)
    {
        Reserve(k);
        Span<int> rows = _rows.AsSpan(0, k);
        Span<float> scores = _scores.AsSpan(0, k);
        if (sequence.Events > 0)
        {
            _encoder.Encode(sequence, _hidden);
            int count = _encoder.FindBest(_hidden, candidates, isCandidate, rows, scores);
            _prior?.Merge(recent, candidates, isCandidate, _encoder, _hidden, rows[..count], scores[..count]);
            return count;
        }

        if (k == 0)
        {
            return 0;
        }

        var best = new TopKHeap(rows, scores);
        for (int row = 1; row <= model.NumberOfItems; row++)
        {
            if (candidates.IsCandidate(row))
            {
                best.Offer(row, model.PopularityScores[row], isCandidate);
            }
        }

        best.Sort();
        return best.Count;
    }

    private int Name<TItem>(IItemIds<TItem> ids, int count, Span<RecommendedItem<TItem>> target)
    {
        for (int i = 0; i < count; i++)
        {
            target[i] = new(ids.IdOf(_rows[i]), _scores[i]);
        }

        return count;
    }

    private RowPredicate<TItem> Predicate<TItem>()
    {
        if (_predicate is not RowPredicate<TItem> predicate)
        {
            _predicate = predicate = new RowPredicate<TItem>();
        }

        return predicate;
    }

    private void Reserve(int count)
    {
        if (_rows.Length < count)
        {
            (_rows, _scores) = (new int[count], new float[count]);
        }
    }
}
