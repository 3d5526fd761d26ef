using Microsoft.ML.Data;

namespace Microsoft.ML.Hydra.Cli.Input;

/// <summary>A row as the loader reads it.</summary>
internal class RawRow
{
    public const string UserName = "UserText";
    public const string ItemName = "ItemText";
    public const string TimeName = "TimeText";

    [ColumnName(UserName)]
    public ReadOnlyMemory<char> User { get; set; }

    [ColumnName(ItemName)]
    public ReadOnlyMemory<char> Item { get; set; }
}

/// <summary>Makes the columns that are used: ids without white space around them, and typed times. The rows were checked before, so every text can be read.</summary>
internal static class RowConversion
{
    public static IDataView Apply(MLContext mlContext, IDataView rows, TimestampKind kind) => kind switch
    {
        TimestampKind.Integer => Map<TimedRow, Row<long>>(mlContext, rows, static (raw, row) =>
        {
            Trim(raw, row);
            _ = TimestampText.TryReadInteger(raw.Time.Span, out long value);
            row.Time = value;
        }),
        TimestampKind.Floating => Map<TimedRow, Row<double>>(mlContext, rows, static (raw, row) =>
        {
            Trim(raw, row);
            _ = TimestampText.TryReadFloating(raw.Time.Span, out double value);
            row.Time = value;
        }),
        TimestampKind.Date => Map<TimedRow, Row<DateTime>>(mlContext, rows, static (raw, row) =>
        {
            Trim(raw, row);
            _ = TimestampText.TryReadDate(raw.Time.Span, out DateTime value);
            row.Time = value;
        }),
        _ => Map<RawRow, IdRow>(mlContext, rows, static (raw, row) =>
        {
            row.User = raw.User.Trim();
            row.Item = raw.Item.Trim();
        }),
    };

    private static void Trim(TimedRow raw, IdRow row)
    {
        // Whole numbers cannot say that a time is missing: a row without a time has no user and is skipped.
        row.User = raw.Time.Span.IsWhiteSpace() ? default : raw.User.Trim();
        row.Item = raw.Item.Trim();
    }

    private static IDataView Map<TRaw, TRow>(MLContext mlContext, IDataView rows, Action<TRaw, TRow> map)
        where TRaw : class, new()
        where TRow : class, new() =>
        mlContext.Transforms.CustomMapping(map, contractName: null).Fit(rows).Transform(rows);

    private sealed class TimedRow : RawRow
    {
        [ColumnName(TimeName)]
        public ReadOnlyMemory<char> Time { get; set; }
    }

    private class IdRow
    {
        [ColumnName(Interactions.User)]
        public ReadOnlyMemory<char> User { get; set; }

        [ColumnName(Interactions.Item)]
        public ReadOnlyMemory<char> Item { get; set; }
    }

    private sealed class Row<TTime> : IdRow
    {
        [ColumnName(Interactions.Timestamp)]
        public TTime Time { get; set; } = default!;
    }
}
