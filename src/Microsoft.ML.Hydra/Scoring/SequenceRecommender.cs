using Microsoft.ML.Hydra.Items;
using Microsoft.ML.Hydra.Numerics;
using Microsoft.ML.Hydra.Prior;

namespace Microsoft.ML.Hydra.Scoring;

/// <summary>A user's events as a model needs them to recommend.</summary>
/// <param name="sequence">The state of the model after them.</param>
/// <param name="recent">Item rows of the last events, oldest first.</param>
/// <param name="seen">Item rows of all events, each once, ascending.</param>
internal readonly ref struct UserHistory(SequenceState sequence, ReadOnlySpan<int> recent, ReadOnlySpan<int> seen)
{
    public SequenceState Sequence { get; } = sequence;

    public ReadOnlySpan<int> Recent { get; } = recent;

    public ReadOnlySpan<int> Seen { get; } = seen;
}

/// <summary>
/// Appends events to sequences and recommends after them. It keeps its memory: after the first calls nothing is allocated. One caller at a time.
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

    /// <summary>Appends events to a sequence.</summary>
    /// <param name="sequence">The sequence.</param>
    /// <param name="rows">Item rows of the events, oldest first.</param>
    /// <param name="times">Features of their times, <c>[events, K]</c>; empty for none.</param>
    public void Append(SequenceState sequence, ReadOnlySpan<int> rows, ReadOnlySpan<float> times) => _encoder.Append(sequence, rows, times);

    /// <summary>Scores items after a history, after an empty one by popularity; NaN for items that the vocabulary does not know.</summary>
    public void Score<TItem>(UserHistory history, ScoringModel model, IItemIds<TItem> ids, ReadOnlySpan<TItem> items, Span<float> scores)
    {
        Reserve(items.Length);
        Span<int> rows = _rows.AsSpan(0, items.Length);
        for (int i = 0; i < items.Length; i++)
        {
            rows[i] = Math.Max(0, ids.FindRow(items[i]));
        }

        if (history.Sequence.Events > 0)
        {
            _encoder.Encode(history.Sequence, _hidden);
            _encoder.Score(_hidden, rows, scores);
            _prior?.AddTo(history.Recent, rows, scores);
            return;
        }

        for (int i = 0; i < items.Length; i++)
        {
            scores[i] = rows[i] > 0 ? model.PopularityScores[rows[i]] : float.NaN;
        }
    }

    /// <summary>The best candidates after a history, best first; after an empty one the most popular.</summary>
    /// <param name="history">The history.</param>
    /// <param name="plan">What may be recommended.</param>
    /// <param name="ids">Converts rows to items.</param>
    /// <param name="accepts">Called for candidates; null accepts all.</param>
    /// <param name="target">Receives as many as it is long.</param>
    /// <returns>How many there are.</returns>
    public int Recommend<TItem>(
        UserHistory history, RecommendationPlan plan, IItemIds<TItem> ids, Func<TItem, bool>? accepts, Span<RecommendedItem<TItem>> target)
    {
        CandidateMask candidates = plan.Filter.Compose(history.Seen, plan.Model.NumberOfItems, ref _mask);
        int limit = Math.Min(target.Length, plan.Model.NumberOfItems);
        if (accepts is null)
        {
            return Name(ids, Rank(history, plan.Model, limit, candidates, null), target);
        }

        // Few calls where many items are accepted: first for the best ones. Where that is not enough, for each item that would enter the list.
        int ranked = Rank(history, plan.Model, Math.Min(2 * limit, plan.Model.NumberOfItems), candidates, null), found = 0;
        for (int i = 0; i < ranked && found < limit; i++)
        {
            TItem item = ids.IdOf(_rows[i]);
            if (accepts(item))
            {
                target[found++] = new(item, _scores[i]);
            }
        }

        if (found == limit || ranked < 2 * limit)
        {
            return found;
        }

        if (_predicate is not RowPredicate<TItem> predicate)
        {
            _predicate = predicate = new RowPredicate<TItem>();
        }

        using RowPredicate<TItem>.Use use = predicate.With(ids, accepts);
        return Name(ids, Rank(history, plan.Model, limit, candidates, predicate.Accepts), target);
    }

    /// <summary>The items nearest to one by the cosine of their vectors, nearest first.</summary>
    /// <param name="row">Row of the one item, which is not among them.</param>
    /// <param name="plan">Which items may be among them; seen items have no meaning here.</param>
    /// <param name="ids">Converts rows to items.</param>
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

    // Leaves the best in _rows and _scores and returns how many there are
    private int Rank(UserHistory history, ScoringModel model, int k, CandidateMask candidates, Func<int, bool>? isCandidate)
    {
        Reserve(k);
        Span<int> rows = _rows.AsSpan(0, k);
        Span<float> scores = _scores.AsSpan(0, k);
        if (history.Sequence.Events > 0)
        {
            _encoder.Encode(history.Sequence, _hidden);
            int count = _encoder.FindBest(_hidden, candidates, isCandidate, rows, scores);
            _prior?.Merge(history.Recent, new EncodedHistory(_encoder, _hidden), candidates, isCandidate, rows[..count], scores[..count]);
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

    private void Reserve(int count)
    {
        if (_rows.Length < count)
        {
            (_rows, _scores) = (new int[count], new float[count]);
        }
    }
}

/// <summary>Turns predicates on items into one on rows, without a new delegate for each call. One caller at a time.</summary>
internal sealed class RowPredicate<TItem>
{
    private IItemIds<TItem>? _ids;
    private Func<TItem, bool>? _accepts;

    public RowPredicate() => Accepts = row => _accepts!(_ids!.IdOf(row));

    /// <summary>The predicate on rows, for the predicate on items that is in use.</summary>
    public Func<int, bool> Accepts { get; }

    /// <summary>Uses a predicate on items until the result is disposed.</summary>
    /// <param name="ids">Converts rows to items.</param>
    /// <param name="accepts">The predicate.</param>
    public Use With(IItemIds<TItem> ids, Func<TItem, bool> accepts)
    {
        (_ids, _accepts) = (ids, accepts);
        return new Use(this);
    }

    /// <summary>A use of a predicate on items, which is released at its end.</summary>
    internal readonly ref struct Use(RowPredicate<TItem> owner)
    {
        public void Dispose() => (owner._ids, owner._accepts) = (null, null);
    }
}
