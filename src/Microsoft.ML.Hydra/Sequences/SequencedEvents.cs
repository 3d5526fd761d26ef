namespace Microsoft.ML.Hydra.Sequences;

/// <summary>The events user by user, each user's oldest first.</summary>
/// <param name="Order">Event numbers.</param>
/// <param name="Offsets">User <c>u</c> has <c>Order[Offsets[u] .. Offsets[u + 1])</c>.</param>
/// <param name="Times">What the times say.</param>
/// <param name="Repeats">Events with the item of the event before them.</param>
/// <param name="Dropped">Events that were left out as repeats.</param>
internal sealed record SequencedEvents(int[] Order, int[] Offsets, TimeFacts Times, long Repeats, long Dropped)
{
    /// <summary>Groups events by user and sorts them by time.</summary>
    /// <param name="events">The events in the order of their rows.</param>
    /// <param name="dropRepeats">Whether copies of an event, and an event with the item of the one before it, are left out.</param>
    public static SequencedEvents Of(InteractionEvents events, bool dropRepeats)
    {
        int[] offsets = EventOrder.Offsets(events.Users.Codes, events.Users.DistinctCount);
        int[] order = EventOrder.ByUser(events.Users.Codes, offsets);
        events.Times?.Sort(order, offsets);

        ReadOnlySpan<int> items = events.Items.Codes;
        bool[] isCopy = dropRepeats ? new bool[order.Length] : [];
        TimeFacts times = events.Times?.Examine(order, offsets, items, isCopy) ?? new TimeFacts();
        long repeats = CountRepeats(order, offsets, items);
        int kept = dropRepeats ? Compact(order, offsets, items, isCopy) : order.Length;
        return new SequencedEvents(kept == order.Length ? order : order[..kept], offsets, times, repeats, order.Length - kept);
    }

    private static long CountRepeats(int[] order, int[] offsets, ReadOnlySpan<int> items)
    {
        long repeats = 0;
        for (int user = 0; user + 1 < offsets.Length; user++)
        {
            for (int i = offsets[user] + 1; i < offsets[user + 1]; i++)
            {
                repeats += items[order[i]] == items[order[i - 1]] ? 1 : 0;
            }
        }

        return repeats;
    }

    /// <summary>Moves the events that stay to the front; every user keeps the first one.</summary>
    /// <returns>How many stay.</returns>
    private static int Compact(int[] order, int[] offsets, ReadOnlySpan<int> items, bool[] isCopy)
    {
        int next = 0;
        for (int user = 0, start = 0; user + 1 < offsets.Length; user++)
        {
            int end = offsets[user + 1];
            int first = next;
            for (int i = start; i < end; i++)
            {
                if (!isCopy[i] && (next == first || items[order[i]] != items[order[next - 1]]))
                {
                    order[next++] = order[i];
                }
            }

            (offsets[user + 1], start) = (next, end);
        }

        return next;
    }
}

/// <summary>What the times of all events say.</summary>
/// <param name="First">The earliest time, null without times.</param>
/// <param name="Last">The latest time, null without times.</param>
/// <param name="Ties">Events at the time of the user's event before them.</param>
/// <param name="Copies">Events with the user, item and time of an earlier one.</param>
/// <param name="HasMixedUnits">Whether some times look like seconds and others like a finer unit.</param>
internal sealed record TimeFacts(object? First = null, object? Last = null, long Ties = 0, long Copies = 0, bool HasMixedUnits = false);

/// <summary>Finds events of one user, item and time.</summary>
internal static class EventCopies
{
    // Shorter groups are compared pair by pair.
    private const int LongGroup = 16;

    /// <summary>Counts the events of one user at one time, and among them those with an item that one before them has.</summary>
    /// <param name="order">Event numbers, ascending in time within each user.</param>
    /// <param name="offsets">User <c>u</c> has <c>order[offsets[u] .. offsets[u + 1])</c>.</param>
    /// <param name="items">The item of each event.</param>
    /// <param name="times">The time of each event.</param>
    /// <param name="isCopy">Set at the places of <paramref name="order"/> that hold a copy; may be empty.</param>
    public static (long Ties, long Copies) Find<TTime>(
        ReadOnlySpan<int> order, ReadOnlySpan<int> offsets, ReadOnlySpan<int> items, ReadOnlySpan<TTime> times, Span<bool> isCopy)
        where TTime : struct, IComparable<TTime>
    {
        (long ties, long copies) = (0, 0);
        HashSet<int> seen = [];
        for (int user = 0; user + 1 < offsets.Length; user++)
        {
            for (int start = offsets[user], end; start < offsets[user + 1]; start = end)
            {
                end = start + 1;
                while (end < offsets[user + 1] && times[order[end]].CompareTo(times[order[start]]) == 0)
                {
                    end++;
                }

                ties += end - start - 1;
                seen.Clear();
                for (int i = start; end - start > 1 && i < end; i++)
                {
                    bool known = end - start > LongGroup
                        ? !seen.Add(items[order[i]])
                        : Contains(order[start..i], items, items[order[i]]);
                    copies += known ? 1 : 0;
                    if (known && !isCopy.IsEmpty)
                    {
                        isCopy[i] = true;
                    }
                }
            }
        }

        return (ties, copies);
    }

    private static bool Contains(ReadOnlySpan<int> events, ReadOnlySpan<int> items, int item)
    {
        foreach (int number in events)
        {
            if (items[number] == item)
            {
                return true;
            }
        }

        return false;
    }
}
