using Microsoft.ML.Data;

namespace Microsoft.ML.Hydra.Items;

/// <summary>Histories whose events have times, from a column beside that of the items.</summary>
internal static class TimedHistory
{
    /// <summary>The column of that name, checked to be a vector of times.</summary>
    /// <exception cref="ArgumentException">There is no such column, or it is of another type.</exception>
    public static DataViewSchema.Column FindColumn(DataViewSchema schema, string name)
    {
        DataViewSchema.Column column = schema.GetColumnOrNull(name) ?? throw Missing(name, schema.Select(c => c.Name));
        return column.Type is VectorDataViewType && TimestampType.Of(column) is not null
            ? column
            : throw Mistyped(name, column.Type.ToString()!);
    }

    /// <summary>The error for a missing column.</summary>
    public static ArgumentException Missing(string name, IEnumerable<string> columns) => new(
        $"There is no column \"{name}\" with the times of a sequence's events; the input has {string.Join(", ", columns)}. Group interactions with a timestamp column, or name another with TimestampsColumnName.");

    /// <summary>The error for a column of another type.</summary>
    public static ArgumentException Mistyped(string name, string type) => new(
        $"Column \"{name}\" is of type {type}, but the times of a sequence's events must be a vector of an integer, floating or DateTime type; group interactions with GroupInteractions, or convert the column.");

    /// <summary>
    /// A reader of items and of their times. It throws an <see cref="InvalidOperationException"/> at a row whose items and times differ in number, and at
    /// an infinite time.
    /// </summary>
    /// <param name="readItems">Reads the items of the row.</param>
    /// <param name="row">The row.</param>
    /// <param name="items">The column with the items, for the errors.</param>
    /// <param name="times">A column that <see cref="FindColumn"/> accepted, active in the row.</param>
    public static HistoryReader CreateReader(HistoryReader readItems, DataViewRow row, DataViewSchema.Column items, DataViewSchema.Column times)
    {
        EventTimesReader readTimes = TimestampType.Of(times)!.CreateReader(row, times);
        return destination =>
        {
            destination.Times = readTimes();
            if (EventClock.FindInfinite(destination.Times.Span) is int place and >= 0)
            {
                throw new InvalidOperationException(EventClock.DescribeInfinite(
                    string.Create(CultureInfo.InvariantCulture, $"Event {place} of row {row.Position} in column \"{times.Name}\""), destination.Times.Span[place]));
            }

            int count = readItems(destination);
            return count == destination.Times.Length ? count : throw new InvalidOperationException(string.Create(
                CultureInfo.InvariantCulture,
                $"Row {row.Position} has {count} items in column \"{items.Name}\" but {destination.Times.Length} times in column \"{times.Name}\"; give a time for each item, NaN where there is none."));
        };
    }
}
