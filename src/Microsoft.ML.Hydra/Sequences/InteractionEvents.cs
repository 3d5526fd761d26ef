using Microsoft.ML.Data;
using Microsoft.ML.Hydra.Items;

namespace Microsoft.ML.Hydra.Sequences;

/// <summary>The events of the interactions in flat columns, in the order of their rows.</summary>
internal sealed class InteractionEvents
{
    /// <summary>The most elements one array can hold (<see cref="Array.MaxLength"/>).</summary>
    public const int MaximumCount = 0x7FFFFFC7;

    private readonly string? _domainColumnName;

    private InteractionEvents(IdColumn users, IdColumn items, TimeColumn? times, IdColumn? domains, string? domainColumnName) =>
        (Users, Items, Times, Domains, _domainColumnName) = (users, items, times, domains, domainColumnName);

    /// <summary>Rows that were read.</summary>
    public long Rows { get; private set; }

    /// <summary>Rows skipped because they have no user.</summary>
    public long RowsWithoutUser { get; private set; }

    /// <summary>Rows skipped because they have no item.</summary>
    public long RowsWithoutItem { get; private set; }

    /// <summary>Rows skipped because they have no time.</summary>
    public long RowsWithoutTime { get; private set; }

    public IdColumn Users { get; }

    public IdColumn Items { get; }

    public TimeColumn? Times { get; }

    /// <summary>The domains of the events; null for one domain.</summary>
    public IdColumn? Domains { get; }

    /// <summary>Which events make one sequence.</summary>
    public EventGroups Groups => field ??= new EventGroups(Users, Domains);

    /// <summary>Streams once through one cursor.</summary>
    /// <param name="interactions">One event a row.</param>
    /// <param name="columns">Where the events are.</param>
    /// <param name="maximumCount">Most events that fit.</param>
    /// <exception cref="InvalidOperationException">There are more events than fit, a time that does not, or an event has no domain where there are several.</exception>
    public static InteractionEvents Read(IDataView interactions, EventColumns columns, int maximumCount)
    {
        using DataViewRowCursor cursor = interactions.GetRowCursor(
            new[] { columns.User, columns.Item, columns.Timestamp, columns.Domain }.OfType<DataViewSchema.Column>());
        var events = new InteractionEvents(
            IdColumn.Create(cursor, columns.User, zeroIsMissing: false),
            IdColumn.Create(cursor, columns.Item, zeroIsMissing: true),
            columns.Timestamp is { } column ? TimeColumn.Create(cursor, column, columns.TimestampType!) : null,
            columns.Domain is { } domain ? IdColumn.Create(cursor, domain, zeroIsMissing: false) : null,
            columns.Domain?.Name);
        while (cursor.MoveNext())
        {
            events.ReadRow(maximumCount);
        }

        return events;
    }

    private void ReadRow(int maximumCount)
    {
        Rows++;
        if (!Users.Read())
        {
            RowsWithoutUser++;
        }
        else if (!Items.Read())
        {
            RowsWithoutItem++;
        }
        else if (Times is not null && !Times.Read())
        {
            RowsWithoutTime++;
        }
        else if (Domains?.Read() == false)
        {
            throw new InvalidOperationException(string.Create(
                CultureInfo.InvariantCulture,
                $"Row {Rows} of the interactions has no domain in column '{_domainColumnName}' (empty text or a missing key): write the domain in each row, or leave such rows out."));
        }
        else if (Users.Codes.Length == maximumCount)
        {
            throw new InvalidOperationException(string.Create(
                CultureInfo.InvariantCulture,
                $"The interactions hold more than {maximumCount} events, the most that can be grouped at once: group them in parts of the users."));
        }
        else
        {
            Users.Keep();
            Items.Keep();
            Times?.Keep();
            Domains?.Keep();
        }
    }
}

/// <summary>The columns that describe an event.</summary>
/// <param name="User">A column of ids.</param>
/// <param name="Item">A column of ids.</param>
/// <param name="Timestamp">A column of timestamps, if there is one.</param>
/// <param name="TimestampType">What its timestamps are.</param>
internal sealed record EventColumns(
    DataViewSchema.Column User, DataViewSchema.Column Item, DataViewSchema.Column? Timestamp, TimestampType? TimestampType)
{
    /// <summary>A column of domains, if there are several.</summary>
    public DataViewSchema.Column? Domain { get; private init; }

    /// <summary>Finds the columns that the options name.</summary>
    /// <exception cref="ArgumentException">A column is missing or of another type.</exception>
    public static EventColumns Find(DataViewSchema schema, InteractionGroupingOptions options)
    {
        DataViewSchema.Column user = FindId(schema, options.UserColumnName, "user", "userColumnName");
        DataViewSchema.Column item = FindId(schema, options.ItemColumnName, "item", "itemColumnName");
        DataViewSchema.Column? timestamp = options.TimestampColumnName is null
            ? null
            : SchemaLookup.Find(schema, options.TimestampColumnName, "timestampColumnName");
        return new EventColumns(user, item, timestamp, timestamp is { } found ? TimestampType.Require(found, "timestampColumnName") : null)
        {
            Domain = options.DomainColumnName is null ? null : FindId(schema, options.DomainColumnName, "domain", "domainColumnName"),
        };
    }

    private static DataViewSchema.Column FindId(DataViewSchema schema, string name, string role, string parameterName)
    {
        DataViewSchema.Column column = SchemaLookup.Find(schema, name, parameterName);
        IdColumn.Check(column, role, parameterName);
        return column;
    }
}

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
        int[] offsets = EventOrder.Offsets(events.Groups.Codes, events.Groups.Count);
        int[] order = EventOrder.ByUser(events.Groups.Codes, offsets);
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
