using Microsoft.ML.Data;
using Microsoft.ML.Hydra.Items;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Hydra.Sequences;

/// <summary>Turns interactions, one a row in any order, into sequences, one row a user.</summary>
internal static class InteractionGrouping
{
    private const string ItemsName = "Items";
    private const string TimestampsName = "Timestamps";

    /// <summary>
    /// Reads the interactions once and groups them in memory. Rows without a user (empty text or key 0), without an item
    /// (empty text, key 0 or integer 0) or without a time (NaN or the zero DateTime) are skipped; one warning counts them.
    /// </summary>
    /// <param name="environment">Whose log gets the warning.</param>
    /// <param name="interactions">One event a row.</param>
    /// <param name="userColumnName">Text, integer or key.</param>
    /// <param name="itemColumnName">Text, integer or key.</param>
    /// <param name="timestampColumnName">Integer, floating or DateTime; <see langword="null"/> keeps the order of the rows.</param>
    /// <param name="maximumNumberOfEvents">More events than one array can hold are refused.</param>
    public static IDataView Group(
        IHostEnvironment environment,
        IDataView interactions,
        string userColumnName,
        string itemColumnName,
        string? timestampColumnName,
        int maximumNumberOfEvents = InteractionEvents.MaximumCount)
    {
        DataViewSchema.Column user = FindId(interactions, userColumnName, "user", nameof(userColumnName));
        DataViewSchema.Column item = FindId(interactions, itemColumnName, "item", nameof(itemColumnName));
        DataViewSchema.Column? timestamp = timestampColumnName is null
            ? null
            : SchemaLookup.Find(interactions.Schema, timestampColumnName, nameof(timestampColumnName));
        TimestampType? timestampType = timestamp is { } found ? TimestampType.Require(found, nameof(timestampColumnName)) : null;
        if (userColumnName == ItemsName || (timestamp is not null && userColumnName == TimestampsName))
        {
            throw new ArgumentException(
                $"The user column is named '{userColumnName}', as a column of the result will be: "
                + "give it another name with Transforms.CopyColumns.",
                nameof(userColumnName));
        }

        InteractionEvents events = InteractionEvents.Read(interactions, user, item, timestamp, timestampType, maximumNumberOfEvents);
        events.ReportSkipped(environment);

        int[] offsets = EventOrder.Offsets(events.Users.Codes, events.Users.DistinctCount);
        int[] order = EventOrder.ByUser(events.Users.Codes, offsets);
        events.Times?.Sort(order, offsets);

        ReadOnlySpan<int> codes = events.Items.Codes;
        var items = new int[order.Length];
        for (int i = 0; i < order.Length; i++)
        {
            items[i] = codes[order[i]];
        }

        List<SequenceColumn> columns =
            [events.Users.ToScalarColumn(), events.Items.ToVectorColumn(ItemsName, items, offsets)];
        if (events.Times is { } times)
        {
            columns.Add(times.ToVectorColumn(TimestampsName, order, offsets));
        }

        return new SequenceDataView(columns, events.Users.DistinctCount);
    }

    private static DataViewSchema.Column FindId(IDataView interactions, string name, string role, string parameterName)
    {
        DataViewSchema.Column column = SchemaLookup.Find(interactions.Schema, name, parameterName);
        IdColumn.Check(column, role, parameterName);
        return column;
    }
}

/// <summary>The events of the interactions in flat columns, in the order of their rows.</summary>
internal sealed class InteractionEvents
{
    /// <summary>The most elements one array can hold (<see cref="Array.MaxLength"/>).</summary>
    public const int MaximumCount = 0x7FFFFFC7;

    private long _rows;
    private long _withoutUser;
    private long _withoutItem;
    private long _withoutTime;

    private InteractionEvents(IdColumn users, IdColumn items, TimeColumn? times) => (Users, Items, Times) = (users, items, times);

    public IdColumn Users { get; }

    public IdColumn Items { get; }

    public TimeColumn? Times { get; }

    /// <summary>Streams once through one cursor.</summary>
    /// <param name="interactions">One event a row.</param>
    /// <param name="user">A column of ids.</param>
    /// <param name="item">A column of ids.</param>
    /// <param name="timestamp">A column of timestamps, if there is one.</param>
    /// <param name="timestampType">What its timestamps are.</param>
    /// <param name="maximumCount">Most events that fit.</param>
    /// <exception cref="InvalidOperationException">There are more events than fit, or a time that does not.</exception>
    public static InteractionEvents Read(
        IDataView interactions,
        DataViewSchema.Column user,
        DataViewSchema.Column item,
        DataViewSchema.Column? timestamp,
        TimestampType? timestampType,
        int maximumCount)
    {
        List<DataViewSchema.Column> needed = [user, item];
        if (timestamp is { } time)
        {
            needed.Add(time);
        }

        using DataViewRowCursor cursor = interactions.GetRowCursor(needed);
        var events = new InteractionEvents(
            IdColumn.Create(cursor, user, zeroIsMissing: false),
            IdColumn.Create(cursor, item, zeroIsMissing: true),
            timestamp is { } column ? TimeColumn.Create(cursor, column, timestampType!) : null);
        while (cursor.MoveNext())
        {
            events.ReadRow(maximumCount);
        }

        return events;
    }

    /// <summary>One warning in the log when rows were skipped.</summary>
    public void ReportSkipped(IHostEnvironment environment)
    {
        long skipped = _withoutUser + _withoutItem + _withoutTime;
        if (skipped > 0)
        {
            using IChannel channel = environment.Start("GroupInteractions");
            channel.Warning(MessageSensitivity.None, string.Create(
                CultureInfo.InvariantCulture,
                $"Skipped {skipped} of {_rows} interactions: {_withoutUser} without a user, {_withoutItem} without an item, {_withoutTime} without a time."));
        }
    }

    private void ReadRow(int maximumCount)
    {
        _rows++;
        if (!Users.Read())
        {
            _withoutUser++;
        }
        else if (!Items.Read())
        {
            _withoutItem++;
        }
        else if (Times is not null && !Times.Read())
        {
            _withoutTime++;
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
        }
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
