using System.Buffers;
using Microsoft.ML.Hydra.Items;
using Microsoft.ML.Hydra.Numerics;
using Microsoft.ML.Hydra.Prior;

namespace Microsoft.ML.Hydra.Scoring;

/// <summary>
/// What a model knows about one user, in rows: the state of the sequence, the last items and the seen items. One caller at a time; many states may
/// be in use at once. Its lease keeps the model alive.
/// </summary>
internal sealed class UserState : IDisposable
{
    private readonly SharedModel.Lease _lease;
    private readonly RecommendationPlan _plan;
    private readonly SequenceState _sequence;
    private readonly SeenItems _seen = new();
    private readonly RecentItems _recent = new(CooccurrenceShape.Depth);

    /// <param name="lease">Keeps the model alive; the state owns it from now on.</param>
    /// <param name="plan">What to recommend.</param>
    public UserState(SharedModel.Lease lease, RecommendationPlan plan)
    {
        (_lease, _plan) = (lease, plan);
        using SharedModel.Use model = lease.Enter();
        _sequence = model.Scorer.NewSequence();
    }

    /// <summary>The items that a caller may name.</summary>
    public ItemVocabulary Vocabulary => _plan.Model.Vocabulary;

    /// <summary>Events that were appended.</summary>
    public int NumberOfEvents => _sequence.Events;

    /// <summary>Items that were skipped because they were missing or unknown.</summary>
    public long NumberOfSkippedItems { get; private set; }

    private UserHistory History => new(_sequence, _recent.Rows, _seen.Rows);

    /// <summary>Appends an event.</summary>
    /// <param name="row">Its item as the vocabulary found it.</param>
    /// <param name="time">Its time, NaN where it is not known; ignored where the model does not read times.</param>
    /// <returns>Whether the item is known; an unknown item is counted and skipped with its time.</returns>
    public bool Append(int row, double time)
    {
        if (row <= 0)
        {
            using SharedModel.Use use = _lease.Enter();   // throws where the state was disposed
            CountSkipped(1);
            return false;
        }

        CheckTimes(new ReadOnlySpan<double>(in time));
        Span<float> features = stackalloc float[EventClock.Features];
        Append(new ReadOnlySpan<int>(in row), new ReadOnlySpan<double>(in time), features);
        return true;
    }

    /// <summary>Appends events, oldest first.</summary>
    /// <param name="ids">Finds the items.</param>
    /// <param name="items">Their items.</param>
    /// <param name="times">Their times, NaN where a time is not known; empty for none.</param>
    /// <returns>How many of the items are known; the others are counted and skipped.</returns>
    public int Append<TItem>(IItemIds<TItem> ids, ReadOnlySpan<TItem> items, ReadOnlySpan<double> times)
    {
        CheckTimes(times);
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
        CountSkipped(items.Length - known);
        return known;
    }

    /// <summary>The best items now, best first.</summary>
    /// <param name="ids">Converts rows to items.</param>
    /// <param name="accepts">Called for candidates; null accepts all.</param>
    /// <param name="target">Receives as many as it is long.</param>
    /// <returns>How many there are.</returns>
    public int Recommend<TItem>(IItemIds<TItem> ids, Func<TItem, bool>? accepts, Span<RecommendedItem<TItem>> target)
    {
        using SharedModel.Use use = _lease.Enter();
        using CatalogScorer.Borrowed borrowed = use.Scorer.Borrow();
        return borrowed.Recommender.Recommend(History, _plan, ids, accepts, target);
    }

    /// <summary>Scores of some items now; NaN for those that the model does not know.</summary>
    public void Score<TItem>(IItemIds<TItem> ids, ReadOnlySpan<TItem> items, Span<float> scores)
    {
        using SharedModel.Use use = _lease.Enter();
        using CatalogScorer.Borrowed borrowed = use.Scorer.Borrow();
        borrowed.Recommender.Score(History, _plan.Model, ids, items, scores);
    }

    /// <summary>An independent copy.</summary>
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
        return UserStateFormat.Write(_lease.Model.Identity, History, NumberOfSkippedItems);
    }

    /// <summary>Reads the result of <see cref="ToBytes"/> into a new state, and leaves the stream directly after it.</summary>
    /// <exception cref="InvalidDataException">The content is not a state, is damaged or truncated, or belongs to another model.</exception>
    public void Restore(Stream stream)
    {
        using SharedModel.Use use = _lease.Enter();
        NumberOfSkippedItems = UserStateFormat.Read(stream, _lease.Model.Identity, _sequence, _recent, _seen);
    }

    public void Dispose() => _lease.Dispose();

    // Stops at the largest number, so that a stored state can always be read again.
    private void CountSkipped(int items) => NumberOfSkippedItems += Math.Min(items, long.MaxValue - NumberOfSkippedItems);

    private void CheckTimes(ReadOnlySpan<double> times)
    {
        if (_plan.Model.Clock is not null && EventClock.FindInfinite(times) is int place and >= 0)
        {
            throw new ArgumentException(EventClock.DescribeInfinite(string.Create(CultureInfo.InvariantCulture, $"Event {place} of the appended ones"), times[place]));
        }
    }

    // "features" has room for the features of the times.
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

        using CatalogScorer.Borrowed borrowed = use.Scorer.Borrow();
        borrowed.Recommender.Append(_sequence, rows, read);
        _sequence.LastTime = last;
        _seen.Add(rows);
        _recent.Add(rows);
    }
}

/// <summary>The last item rows of a history, oldest first.</summary>
/// <param name="capacity">Most rows that are kept.</param>
internal sealed class RecentItems(int capacity)
{
    private readonly int[] _rows = new int[capacity];
    private int _count;

    /// <summary>Most rows that are kept.</summary>
    public int Capacity => _rows.Length;

    /// <summary>The rows, oldest first.</summary>
    public ReadOnlySpan<int> Rows => _rows.AsSpan(0, _count);

    /// <summary>Adds rows, oldest first; they replace the oldest.</summary>
    public void Add(ReadOnlySpan<int> rows)
    {
        rows = rows[Math.Max(0, rows.Length - _rows.Length)..];
        int kept = Math.Min(_count, _rows.Length - rows.Length);
        _rows.AsSpan(_count - kept, kept).CopyTo(_rows);
        rows.CopyTo(_rows.AsSpan(kept));
        _count = kept + rows.Length;
    }

    /// <summary>Copies others of the same capacity.</summary>
    public void CopyFrom(RecentItems other)
    {
        other.Rows.CopyTo(_rows);
        _count = other._count;
    }
}

/// <summary>The distinct item rows of a history, in ascending order: four bytes for each.</summary>
internal sealed class SeenItems
{
    // More rows at once are appended and sorted together.
    private const int MostInsertions = 16;

    private int[] _rows = [];
    private int _count;

    /// <summary>The rows, ascending.</summary>
    public ReadOnlySpan<int> Rows => _rows.AsSpan(0, _count);

    /// <summary>Adds rows in any order.</summary>
    public void Add(ReadOnlySpan<int> rows)
    {
        if (rows.Length <= MostInsertions)
        {
            foreach (int row in rows)
            {
                Insert(row);
            }

            return;
        }

        Reserve(_count + rows.Length);
        rows.CopyTo(_rows.AsSpan(_count));
        Span<int> all = _rows.AsSpan(0, _count + rows.Length);
        all.Sort();
        _count = 0;
        foreach (int row in all)
        {
            if (_count == 0 || row != _rows[_count - 1])
            {
                _rows[_count++] = row;
            }
        }
    }

    /// <summary>Copies others.</summary>
    public void CopyFrom(SeenItems other) => (_rows, _count) = (other.Rows.ToArray(), other._count);

    private void Insert(int row)
    {
        int place = Rows.BinarySearch(row);
        if (place >= 0)
        {
            return;
        }

        Reserve(_count + 1);
        _rows.AsSpan(~place, _count - ~place).CopyTo(_rows.AsSpan(~place + 1));
        _rows[~place] = row;
        _count++;
    }

    private void Reserve(int count)
    {
        if (count > _rows.Length)
        {
            Array.Resize(ref _rows, Math.Max(count, Math.Max(16, 2 * _rows.Length)));
        }
    }
}
