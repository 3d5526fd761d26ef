using Microsoft.ML.Data;
using Microsoft.ML.Hydra.Items;

namespace Microsoft.ML.Hydra.Sequences;

/// <summary>The events of the interactions in flat columns, in the order of their rows.</summary>
internal sealed class InteractionEvents
{
    /// <summary>The most elements one array can hold (<see cref="Array.MaxLength"/>).</summary>
    public const int MaximumCount = 0x7FFFFFC7;

    private InteractionEvents(IdColumn users, IdColumn items, TimeColumn? times) => (Users, Items, Times) = (users, items, times);

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

    /// <summary>Streams once through one cursor.</summary>
    /// <param name="interactions">One event a row.</param>
    /// <param name="columns">Where the events are.</param>
    /// <param name="maximumCount">Most events that fit.</param>
    /// <exception cref="InvalidOperationException">There are more events than fit, or a time that does not.</exception>
    public static InteractionEvents Read(IDataView interactions, EventColumns columns, int maximumCount)
    {
        using DataViewRowCursor cursor = interactions.GetRowCursor(
            columns.Timestamp is { } time ? [columns.User, columns.Item, time] : [columns.User, columns.Item]);
        var events = new InteractionEvents(
            IdColumn.Create(cursor, columns.User, zeroIsMissing: false),
            IdColumn.Create(cursor, columns.Item, zeroIsMissing: true),
            columns.Timestamp is { } column ? TimeColumn.Create(cursor, column, columns.TimestampType!) : null);
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

/// <summary>The columns that describe an event.</summary>
/// <param name="User">A column of ids.</param>
/// <param name="Item">A column of ids.</param>
/// <param name="Timestamp">A column of timestamps, if there is one.</param>
/// <param name="TimestampType">What its timestamps are.</param>
internal sealed record EventColumns(
    DataViewSchema.Column User, DataViewSchema.Column Item, DataViewSchema.Column? Timestamp, TimestampType? TimestampType)
{
    /// <summary>Finds the columns that the options name.</summary>
    /// <exception cref="ArgumentException">A column is missing or of another type.</exception>
    public static EventColumns Find(DataViewSchema schema, InteractionGroupingOptions options)
    {
        DataViewSchema.Column user = FindId(schema, options.UserColumnName, "user", "userColumnName");
        DataViewSchema.Column item = FindId(schema, options.ItemColumnName, "item", "itemColumnName");
        DataViewSchema.Column? timestamp = options.TimestampColumnName is null
            ? null
            : SchemaLookup.Find(schema, options.TimestampColumnName, "timestampColumnName");
        return new EventColumns(user, item, timestamp, timestamp is { } found ? TimestampType.Require(found, "timestampColumnName") : null);
    }

    private static DataViewSchema.Column FindId(DataViewSchema schema, string name, string role, string parameterName)
    {
        DataViewSchema.Column column = SchemaLookup.Find(schema, name, parameterName);
        IdColumn.Check(column, role, parameterName);
        return column;
    }
}
