using Microsoft.ML.Data;

namespace Microsoft.ML.Hydra.Cli.Input;

/// <summary>One pass over the rows before they are used: finds the kind of the times and the first bad row.</summary>
/// <param name="TimestampKind">The kind that fits every row; <see cref="TimestampKind.None"/> without a time column.</param>
/// <param name="IncompleteRows">Rows without a user or without an item.</param>
internal sealed record RowCheck(TimestampKind TimestampKind, long IncompleteRows)
{
    private const int RowsBetweenCancellationChecks = 1 << 12;

    /// <exception cref="UserErrorException">There is no row, none is complete, or a time cannot be read.</exception>
    public static RowCheck Run(InteractionFile file, IDataView rows, string timestampName, CancellationToken cancellationToken)
    {
        using DataViewRowCursor cursor = rows.GetRowCursor(rows.Schema);
        ValueGetter<ReadOnlyMemory<char>> readUser = Getter(cursor, Interactions.User);
        ValueGetter<ReadOnlyMemory<char>> readItem = Getter(cursor, Interactions.Item);
        ValueGetter<ReadOnlyMemory<char>>? readTime =
            rows.Schema.GetColumnOrNull(TimestampText.ColumnName) is null ? null : Getter(cursor, TimestampText.ColumnName);

        var kind = TimestampKind.None;
        long row = 0;
        long incomplete = 0;
        ReadOnlyMemory<char> user = default, item = default, time = default;
        while (cursor.MoveNext())
        {
            if (row++ % RowsBetweenCancellationChecks == 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
            }

            readUser(ref user);
            readItem(ref item);
            incomplete += user.IsEmpty || item.IsEmpty ? 1 : 0;
            if (readTime is not null)
            {
                readTime(ref time);
                kind = Widen(kind, time.Span, file, row, timestampName);
            }
        }

        return row == 0 ? throw new UserErrorException($"The data file '{file.Path}' has a header and no rows.")
            : incomplete == row ? throw new UserErrorException($"No row of the data file '{file.Path}' has both a user and an item.")
            : new RowCheck(kind, incomplete);
    }

    private static TimestampKind Widen(
        TimestampKind kind, ReadOnlySpan<char> text, InteractionFile file, long row, string timestampName)
    {
        TimestampKind found = TimestampText.KindOf(text);
        bool fits = found != TimestampKind.None
            && (kind == TimestampKind.None || (kind == TimestampKind.Date) == (found == TimestampKind.Date));
        if (!fits)
        {
            string expected = kind switch
            {
                TimestampKind.None => "an integer, a number or an ISO 8601 date",
                TimestampKind.Date => "an ISO 8601 date as in the rows before",
                _ => "a number as in the rows before",
            };
            throw new UserErrorException(
                $"Row {row} of the data file '{file.Path}' (the header not counted) has '{text}' in the column '{timestampName}'; expected {expected}.");
        }

        return kind > found ? kind : found;
    }

    private static ValueGetter<ReadOnlyMemory<char>> Getter(DataViewRowCursor cursor, string column) =>
        cursor.GetGetter<ReadOnlyMemory<char>>(cursor.Schema[column]);
}
