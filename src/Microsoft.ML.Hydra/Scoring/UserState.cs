using System.Buffers;
using Microsoft.ML.Hydra.Items;
using Microsoft.ML.Hydra.Numerics;
using Microsoft.ML.Hydra.Prior;

namespace Microsoft.ML.Hydra.Scoring;

/// <summary>
/// What a model knows of one user, in rows: the sequence's state, the last items and the items seen. One writer at a time; many states at once. Holds a
/// claim on the model, so that it stays alive.
/// </summary>
internal sealed class UserState : IDisposable
{
    private readonly SharedModel.Lease _lease;
    private readonly RecommendationPlan _plan;
    private readonly SequenceState _sequence;
    private readonly SeenItems _seen = new();
    private readonly RecentItems _recent = new(CooccurrenceShape.Depth);

    /// <param name="lease">A claim on the model; this owns it from now on.</param>
    /// <param name="plan">What to recommend.</param>
    public UserState(SharedModel.Lease lease, RecommendationPlan plan)
    {
        (_lease, _plan) = (lease, plan);
        using SharedModel.Use model = lease.Enter();
        _sequence = model.Scorer.NewSequence();
    }

    /// <summary>Finds the items that a user of the state names.</summary>
    public ItemVocabulary Vocabulary => _plan.Model.Vocabulary;

    /// <summary>Events that the state has taken in.</summary>
    public int NumberOfEvents => _sequence.Events;

    /// <summary>Items that were skipped because they were missing or unknown.</summary>
    public long NumberOfSkippedItems { get; private set; }

    /// <summary>Takes an event in.</summary>
    /// <param name="row">Its item as the vocabulary found it.</param>
    /// <param name="time">Its time, NaN where it is not known; of no meaning where the model reads none.</param>
    /// <returns>Whether the item is known; one that is not is counted and skipped, and so is its time.</returns>
    public bool Append(int row, double time)
    {
        if (row <= 0)
        {
            using SharedModel.Use use = _lease.Enter();   // refuses where the state was disposed
            NumberOfSkippedItems++;
            return false;
        }

        Span<float> features = stackalloc float[EventClock.Features];
        Append(new ReadOnlySpan<int>(in row), new ReadOnlySpan<double>(in time), features);
        return true;
    }

    /// <summary>Takes events in, oldest first.</summary>
    /// <param name="ids">Finds the items.</param>
    /// <param name="items">Their items.</param>
    /// <param name="times">Their times, NaN where one is not known; empty for none.</param>
    /// <returns>How many of the items are known; the others are counted and skipped.</returns>
    public int Append<TItem>(IItemIds<TItem> ids, ReadOnlySpan<TItem> items, ReadOnlySpan<double> times)
    {
        int[] rows = ArrayPool<int>.Shared.Rent(items.Length);
        double[] knownTimes = ArrayPool<double>.Shared.Rent(items.Length);
        float[] features = ArrayPool<float>.Shared.Rent(items.Length * EventClock.Features);
        int known = 0;
        for (int i = 0; i < items.Length; i++)
        {
            int row = ids.FindRow(items[i]);
            (rows[known], knownTimes[known]) = (row, times.IsEmpty ? EventClock.Missing : times[i]);
            known += row > 0 ? 1 : 0;
        }

        Append(rows.AsSpan(0, known), knownTimes.AsSpan(0, known), features);
        ArrayPool<int>.Shared.Return(rows);
        ArrayPool<double>.Shared.Return(knownTimes);
        ArrayPool<float>.Shared.Return(features);
        NumberOfSkippedItems += items.Length - known;
        return known;
    }

    /// <summary>The best items now, best first.</summary>
    /// <param name="ids">Names the items.</param>
    /// <param name="accepts">Asked of candidates; null accepts all.</param>
    /// <param name="target">Receives as many as it is long.</param>
    /// <returns>How many there are.</returns>
    public int Recommend<TItem>(IItemIds<TItem> ids, Func<TItem, bool>? accepts, Span<RecommendedItem<TItem>> target)
    {
        using SharedModel.Use use = _lease.Enter();
        SequenceRecommender recommender = use.Scorer.Take();
        try
        {
            return recommender.Recommend(_sequence, _recent.Rows, _seen.Rows, _plan, ids, accepts, target);
        }
        finally
        {
            use.Scorer.Return(recommender);
        }
    }

    /// <summary>Scores of some items now; NaN for those that the model does not know.</summary>
    public void Score<TItem>(IItemIds<TItem> ids, ReadOnlySpan<TItem> items, Span<float> scores)
    {
        using SharedModel.Use use = _lease.Enter();
        SequenceRecommender recommender = use.Scorer.Take();
        try
        {
            recommender.Score(_sequence, _recent.Rows, _plan.Model, ids, items, scores);
        }
        finally
        {
            use.Scorer.Return(recommender);
        }
    }

    /// <summary>A state of the same user that goes its own way from here on.</summary>
    public UserState Clone()
    {
        using SharedModel.Use use = _lease.Enter();
        var clone = new UserState(_lease.Model.Acquire(), _plan) { NumberOfSkippedItems = NumberOfSkippedItems };
        clone._sequence.CopyFrom(_sequence);
        clone._seen.CopyFrom(_seen);
        clone._recent.CopyFrom(_recent);
        return clone;
    }

    /// <summary>Stores the state (<see cref="UserStateFormat"/>).</summary>
    public byte[] ToBytes()
    {
        using SharedModel.Use use = _lease.Enter();
        return UserStateFormat.Write(_lease.Model.Fingerprint, _sequence, _recent.Rows, _seen.Rows, NumberOfSkippedItems);
    }

    /// <summary>Reads what <see cref="ToBytes"/> gave, into a new state, and leaves the stream behind it.</summary>
    /// <exception cref="InvalidDataException">It is no state, damaged, truncated, or of another model.</exception>
    public void Restore(Stream stream)
    {
        using SharedModel.Use use = _lease.Enter();
        NumberOfSkippedItems = UserStateFormat.Read(stream, _lease.Model.Fingerprint, _plan.Model.NumberOfItems, _sequence, _recent, _seen);
    }

    public void Dispose() => _lease.Dispose();

    // The last has room for the features of the times.
    private void Append(ReadOnlySpan<int> rows, ReadOnlySpan<double> times, Span<float> features)
    {
        using SharedModel.Use use = _lease.Enter();
        ReadOnlySpan<float> read = default;
        double last = _sequence.LastTime;
        if (_plan.Model.Clock is { } clock)
        {
            clock.Read(times, ref last, features);
            read = features[..(rows.Length * EventClock.Features)];
        }

        SequenceRecommender recommender = use.Scorer.Take();
        try
        {
            recommender.Append(_sequence, rows, read);
        }
        finally
        {
            use.Scorer.Return(recommender);
        }

        _sequence.LastTime = last;
        _seen.Add(rows);
        _recent.Add(rows);
    }
}
