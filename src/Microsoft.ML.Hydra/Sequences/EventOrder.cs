namespace Microsoft.ML.Hydra.Sequences;

/// <summary>Orders events, numbered in the order of their rows, by user and then by time; both sorts are stable.</summary>
internal static class EventOrder
{
    /// <summary>Where the events of each user begin once they are grouped; the last entry is the number of all events.</summary>
    public static int[] Offsets(ReadOnlySpan<int> userOfEvent, int numberOfUsers)
    {
        var offsets = new int[numberOfUsers + 1];
        foreach (int user in userOfEvent)
        {
            offsets[user + 1]++;
        }

        for (int user = 0; user < numberOfUsers; user++)
        {
            offsets[user + 1] += offsets[user];
        }

        return offsets;
    }

    /// <summary>The event numbers, user by user, ascending within a user.</summary>
    public static int[] ByUser(ReadOnlySpan<int> userOfEvent, int[] offsets)
    {
        int[] next = offsets.AsSpan(0, offsets.Length - 1).ToArray();
        var order = new int[userOfEvent.Length];
        for (int i = 0; i < userOfEvent.Length; i++)
        {
            order[next[userOfEvent[i]]++] = i;
        }

        return order;
    }

    /// <summary>Sorts the event numbers of each user by time, events of one time by number.</summary>
    public static void SortByTime<TTime>(int[] order, int[] offsets, ReadOnlySpan<TTime> timeOfEvent)
        where TTime : struct, IComparable<TTime>
    {
        TTime[] buffer = [];
        for (int user = 0; user + 1 < offsets.Length; user++)
        {
            Span<int> events = order.AsSpan(offsets[user], offsets[user + 1] - offsets[user]);
            if (IsSorted(events, timeOfEvent))
            {
                continue;
            }

            if (buffer.Length < events.Length)
            {
                buffer = new TTime[Math.Max(events.Length, (int)Math.Min(2L * buffer.Length, Array.MaxLength))];
            }

            Span<TTime> times = buffer.AsSpan(0, events.Length);
            for (int i = 0; i < events.Length; i++)
            {
                times[i] = timeOfEvent[events[i]];
            }

            times.Sort(events);
            RestoreTies(events, times);
        }
    }

    private static bool IsSorted<TTime>(ReadOnlySpan<int> events, ReadOnlySpan<TTime> timeOfEvent)
        where TTime : struct, IComparable<TTime>
    {
        for (int i = 1; i < events.Length; i++)
        {
            if (timeOfEvent[events[i]].CompareTo(timeOfEvent[events[i - 1]]) < 0)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>The sort is not stable: events of one time are put back in ascending order of their numbers.</summary>
    private static void RestoreTies<TTime>(Span<int> events, ReadOnlySpan<TTime> times)
        where TTime : struct, IComparable<TTime>
    {
        for (int start = 0, end; start < events.Length; start = end)
        {
            end = start + 1;
            while (end < events.Length && times[end].CompareTo(times[start]) == 0)
            {
                end++;
            }

            events[start..end].Sort();
        }
    }
}
