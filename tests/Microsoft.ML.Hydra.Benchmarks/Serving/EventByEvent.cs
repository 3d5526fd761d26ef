using System.Diagnostics;
using Microsoft.ML.Hydra.Benchmarks.Races;

namespace Microsoft.ML.Hydra.Benchmarks.Serving;

/// <summary>
/// One event is appended to a user's state and the ten best unseen items are recommended. Each call is for another user, so that the state
/// is not in the nearest caches; for comparison, also a user's events in a row. A call is timed from before the append to after the
/// recommendation. The list of a user's seen items doubles when it is full, in these rounds during the warm-up; its cost from a user's
/// first event on is a separate figure.
/// </summary>
internal sealed class EventByEvent
{
    private readonly HydraSequenceRecommendationTransformer _model;
    private readonly int[][] _histories;
    private readonly int[][] _events;
    private readonly RecommendedItem<int>[] _best = new RecommendedItem<int>[10];
    private readonly int _warmUpEvents;
    private readonly int _rounds;
    private readonly int _warmUpRounds;

    /// <param name="model">The model.</param>
    /// <param name="items">Its catalogue.</param>
    /// <param name="settings">Length of the histories before the first call, and rounds.</param>
    public EventByEvent(HydraSequenceRecommendationTransformer model, int items, RaceSettings settings)
    {
        (int users, int events) = settings.IsRehearsal ? (2, 4) : (128, 168);
        (_model, _rounds) = (model, settings.Rounds);
        (_warmUpEvents, _warmUpRounds) = settings.IsRehearsal ? (1, 1) : (8, 40);
        _histories = Histories.Random(users, settings.Length, items, seed: 1);
        _events = Histories.Random(events, users, items, seed: 2);
    }

    /// <summary>Timed calls of a round.</summary>
    public int CallsPerRound => (_events.Length - _warmUpEvents) * _histories.Length;

    /// <summary>Percentiles of each round, and the median of the rounds; bytes of all rounds.</summary>
    public IEnumerable<ServingFigure> Measure()
    {
        var median = new double[_rounds];
        var tail = new double[_rounds];
        var inRow = new double[_rounds];
        long bytes = 0;
        HydraUserState[] users = [.. _histories.Select(NewUser)];
        for (int round = -_warmUpRounds; round < _rounds; round++)
        {
            (double[] microseconds, long allocated) = Round(users);
            if (round >= 0)
            {
                (median[round], tail[round]) = (Timing.Percentile(microseconds, 0.5), Timing.Percentile(microseconds, 0.99));
                inRow[round] = Timing.Percentile(UserByUser(users), 0.5);
                bytes += allocated;
            }
        }

        yield return new("appendTop10P50Us", "append + top-10, p50, µs", Timing.Median(median), "≤ 10");
        yield return new("appendTop10P99Us", "append + top-10, p99, µs", Timing.Median(tail), "≤ 25");
        yield return new("appendTop10P99UsQuietestRound", "  the same in the quietest round", tail.Min());
        yield return new("appendTop10P50UsSameUser", "  p50, a user's events in a row", Timing.Median(inRow));
        yield return new("bytesPerCall", "bytes allocated a call", (double)bytes / ((long)_rounds * CallsPerRound), "0");
        yield return new("bytesPerCallFromFirstEvent", "  the same over a user's first events", BytesFromFirstEvent());
        Array.ForEach(users, user => user.Dispose());
    }

    private (double[] Microseconds, long Bytes) Round(HydraUserState[] users)
    {
        HydraUserState[] states = [.. users.Select(user => user.Clone())];
        foreach (int[] items in _events[.._warmUpEvents])
        {
            Step(states, items, default);
        }

        var ticks = new long[CallsPerRound];
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = _warmUpEvents; i < _events.Length; i++)
        {
            Step(states, _events[i], ticks.AsSpan((i - _warmUpEvents) * states.Length, states.Length));
        }

        long bytes = GC.GetAllocatedBytesForCurrentThread() - before;
        Array.ForEach(states, state => state.Dispose());
        return (Microseconds(ticks), bytes);
    }

    // All events of a user, then those of the next
    private double[] UserByUser(HydraUserState[] users)
    {
        var ticks = new long[CallsPerRound];
        for (int user = 0, call = 0; user < users.Length; user++)
        {
            using HydraUserState state = users[user].Clone();
            for (int i = 0; i < _events.Length; i++)
            {
                long time = Time(state, _events[i][user]);
                if (i >= _warmUpEvents)
                {
                    ticks[call++] = time;
                }
            }
        }

        return Microseconds(ticks);
    }

    // An event of every user
    private void Step(HydraUserState[] states, int[] items, Span<long> ticks)
    {
        for (int i = 0; i < states.Length; i++)
        {
            long time = Time(states[i], items[i]);
            if (!ticks.IsEmpty)
            {
                ticks[i] = time;
            }
        }
    }

    private long Time(HydraUserState state, int item)
    {
        long start = Stopwatch.GetTimestamp();
        state.Append(item);
        state.Recommend(_best.AsSpan());
        return Stopwatch.GetTimestamp() - start;
    }

    private static double[] Microseconds(long[] ticks) => [.. ticks.Select(t => t * 1e6 / Stopwatch.Frequency)];

    // The lists of seen items start empty here.
    private double BytesFromFirstEvent()
    {
        HydraUserState[] states = [.. _histories.Select(_ => _model.CreateState())];
        long before = GC.GetAllocatedBytesForCurrentThread();
        foreach (int[] items in _events)
        {
            Step(states, items, default);
        }

        long bytes = GC.GetAllocatedBytesForCurrentThread() - before;
        Array.ForEach(states, state => state.Dispose());
        return (double)bytes / (_events.Length * states.Length);
    }

    private HydraUserState NewUser(int[] history)
    {
        HydraUserState state = _model.CreateState();
        state.Append(history);
        return state;
    }
}
