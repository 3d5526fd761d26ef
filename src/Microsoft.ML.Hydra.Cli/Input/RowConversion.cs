using Microsoft.ML.Data;

namespace Microsoft.ML.Hydra.Cli.Input;

/// <summary>
/// Makes the columns that are used: ids without white space around them, and typed times beside their text. The rows were checked before, so every text
/// can be read, and what no row needs is left out.
/// </summary>
internal static class RowConversion
{
    public static IDataView Apply(MLContext mlContext, IDataView rows, RowCheck check)
    {
        rows = rows.Schema.GetColumnOrNull(Interactions.Domain) is null ? rows
            : Map<DomainText, DomainText>(mlContext, rows, static (raw, domain) => domain.Domain = raw.Domain.Trim());
        IDataView timed = check.TimestampKind switch
        {
            TimestampKind.Integer => Map<RawTime, Time<long>>(mlContext, rows, static (raw, time) =>
            {
                _ = TimestampText.TryReadInteger(raw.Text.Span, out long value);
                time.Value = value;
            }),
            TimestampKind.Floating => Map<RawTime, Time<double>>(mlContext, rows, static (raw, time) =>
            {
                _ = TimestampText.TryReadFloating(raw.Text.Span, out double value);
                time.Value = value;
            }),
            TimestampKind.Date => Map<RawTime, Time<DateTime>>(mlContext, rows, static (raw, time) =>
            {
                _ = TimestampText.TryReadDate(raw.Text.Span, out DateTime value);
                time.Value = value;
            }),
            _ => rows,
        };

        // Whole numbers cannot say that a time is missing: a row without a time loses its user, and is skipped.
        return check.WithoutTime > 0
            ? Map<TimedIds, Ids>(mlContext, timed, static (raw, ids) =>
            {
                Trim(raw, ids);
                ids.User = raw.TimeText.Span.IsWhiteSpace() ? default : ids.User;
            })
            : check.HasLooseIds ? Map<Ids, Ids>(mlContext, timed, Trim)
            : timed;
    }

    private static void Trim(Ids raw, Ids ids) => (ids.User, ids.Item) = (raw.User.Trim(), raw.Item.Trim());

    private static IDataView Map<TRaw, TRow>(MLContext mlContext, IDataView rows, Action<TRaw, TRow> map)
        where TRaw : class, new()
        where TRow : class, new() =>
        mlContext.Transforms.CustomMapping(map, contractName: null).Fit(rows).Transform(rows);

    private sealed class DomainText
    {
        [ColumnName(Interactions.Domain)]
        public ReadOnlyMemory<char> Domain { get; set; }
    }

    private class Ids
    {
        [ColumnName(Interactions.User)]
        public ReadOnlyMemory<char> User { get; set; }

        [ColumnName(Interactions.Item)]
        public ReadOnlyMemory<char> Item { get; set; }
    }

    private sealed class TimedIds : Ids
    {
        [ColumnName(RawTime.ColumnName)]
        public ReadOnlyMemory<char> TimeText { get; set; }
    }

    private sealed class Time<TTime>
    {
        [ColumnName(Interactions.Timestamp)]
        public TTime Value { get; set; } = default!;
    }
}

/// <summary>The time of a row as the loader reads it.</summary>
internal sealed class RawTime
{
    public const string ColumnName = "TimestampText";

    [Microsoft.ML.Data.ColumnName(ColumnName)]
    public ReadOnlyMemory<char> Text { get; set; }
}
