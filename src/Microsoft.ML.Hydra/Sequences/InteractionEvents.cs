using System.Globalization;
using Microsoft.ML.Hydra.Items;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Hydra.Sequences;

/// <summary>The events of the interactions in flat columns, in the order of their rows.</summary>
internal sealed class InteractionEvents
{
    /// <summary>The most elements one array can hold (<see cref="Array.MaxLength"/>).</summary>
    public const int MaximumCount = 0x7FFFFFC7;

    private long _rows;
    private long _withoutUser;
    private long _withoutItem;
    private long _withoutTime;

    private InteractionEvents(IdColumn users, IdColumn items, TimeColumn? times)
    {
        Users = users;
        Items = items;
        Times = times;
    }

    public IdColumn Users { get; }

    public IdColumn Items { get; }

    public TimeColumn? Times { get; }

    /// <summary>Streams once through one cursor.</summary>
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
            timestamp is { } column ? timestampType?.CreateColumn(cursor, column) : null);
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
