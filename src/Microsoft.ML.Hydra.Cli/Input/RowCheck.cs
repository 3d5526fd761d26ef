using Microsoft.ML.Data;

namespace Microsoft.ML.Hydra.Cli.Input;

/// <summary>One pass over the rows before they are used: finds the kind of the times and the first bad row, and counts rows that are not complete.</summary>
/// <param name="TimestampKind">The kind that fits every row; <see cref="TimestampKind.None"/> without a time column.</param>
/// <param name="WithoutUser">Rows without a user.</param>
/// <param name="WithoutItem">Rows with a user and without an item.</param>
/// <param name="WithoutTime">Rows with a user and an item and without a time, where there is a time column.</param>
/// <param name="HasLooseIds">Whether an id has white space around it.</param>
internal sealed record RowCheck(TimestampKind TimestampKind, long WithoutUser, long WithoutItem, long WithoutTime, bool HasLooseIds)
{
    private const int RowsBetweenCancellationChecks = 1 << 12;

    /// <param name="file">Where the rows are from.</param>
    /// <param name="rows">The rows as the loader reads them.</param>
    /// <param name="timestampName">The column of the file with the time; null for none.</param>
    /// <param name="domainName">The column of the file with the domain; null for none.</param>
    /// <param name="cancellationToken">Stops the check.</param>
    /// <exception cref="UserErrorException">There is no row, none is complete, a time cannot be read, or a row has no domain.</exception>
    public static RowCheck Run(TableFile file, IDataView rows, string? timestampName, string? domainName, CancellationToken cancellationToken)
    {
        using DataViewRowCursor cursor = rows.GetRowCursor(rows.Schema);
        ValueGetter<ReadOnlyMemory<char>> readUser = Getter(cursor, Interactions.User);
        ValueGetter<ReadOnlyMemory<char>> readItem = Getter(cursor, Interactions.Item);
        ValueGetter<ReadOnlyMemory<char>>? readTime = timestampName is null ? null : Getter(cursor, RawTime.ColumnName);

        ValueGetter<ReadOnlyMemory<char>>? readDomain = domainName is null ? null : Getter(cursor, Interactions.Domain);

        var kind = TimestampKind.None;
        bool hasLooseIds = false;
        (long row, long withoutUser, long withoutItem, long withoutTime) = (0, 0, 0, 0);
        ReadOnlyMemory<char> user = default, item = default, time = default, domain = default;
        while (cursor.MoveNext())
        {
            if (row++ % RowsBetweenCancellationChecks == 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
            }

            readUser(ref user);
            readItem(ref item);
            readTime?.Invoke(ref time);
            readDomain?.Invoke(ref domain);
            if (readDomain is not null && domain.Span.IsWhiteSpace())
            {
                throw new UserErrorException(
                    $"Row {row} of the {file.Name} {(file.HasHeader ? "(the header not counted) " : string.Empty)}has no domain in the column '{domainName}'; write one in each row, or leave the row out.");
            }

            hasLooseIds |= IsLoose(user.Span) || IsLoose(item.Span);
            bool hasTime = readTime is null || !time.Span.IsWhiteSpace();
            if (readTime is not null && hasTime)
            {
                kind = Widen(kind, time.Span, file, row, timestampName!);
            }

            _ = user.Span.IsWhiteSpace() ? withoutUser++
                : item.Span.IsWhiteSpace() ? withoutItem++
                : hasTime ? 0 : withoutTime++;
        }

        long incomplete = withoutUser + withoutItem + withoutTime;
        return row == 0 ? throw new UserErrorException($"The {file.Name} has {(file.HasHeader ? "a header and no rows" : "no rows")}.")
            : incomplete == row ? throw new UserErrorException(
                $"No row of the {file.Name} has both a user and an item{(timestampName is null ? string.Empty : $", and a time in the column '{timestampName}'")}.")
            : new RowCheck(kind, withoutUser, withoutItem, withoutTime, hasLooseIds);
    }

    private static bool IsLoose(ReadOnlySpan<char> id) => !id.IsEmpty && (char.IsWhiteSpace(id[0]) || char.IsWhiteSpace(id[^1]));

    private static TimestampKind Widen(
        TimestampKind kind, ReadOnlySpan<char> text, TableFile file, long row, string timestampName)
    {
        TimestampKind found = TimestampText.KindOf(text);
        bool fits = found != TimestampKind.None
            && (kind == TimestampKind.None || (kind == TimestampKind.Date) == (found == TimestampKind.Date));
        if (!fits)
        {
            string expected = kind switch
            {
                TimestampKind.None => "an integer, a finite number or an ISO 8601 date",
                TimestampKind.Date => "an ISO 8601 date as in the rows before",
                _ => "a finite number as in the rows before",
            };
            string fault = TimestampText.IsTooLarge(text) ? ", which is too large" : string.Empty;
            throw new UserErrorException(
                $"Row {row} of the {file.Name} {(file.HasHeader ? "(the header not counted) " : string.Empty)}has '{text}' in the column '{timestampName}'{fault}; expected {expected}.");
        }

        return kind > found ? kind : found;
    }

    private static ValueGetter<ReadOnlyMemory<char>> Getter(DataViewRowCursor cursor, string column) =>
        cursor.GetGetter<ReadOnlyMemory<char>>(cursor.Schema[column]);
}
