using Microsoft.ML.Data;

namespace Microsoft.ML.Hydra.Cli.Input;

/// <summary>Adds the typed time column beside its text. The rows were checked before, so every text can be read.</summary>
internal static class TimestampConversion
{
    public static IDataView Apply(MLContext mlContext, IDataView rows, TimestampKind kind) => kind switch
    {
        TimestampKind.Integer => Map<IntegerTime>(mlContext, rows, static (text, time) =>
        {
            _ = TimestampText.TryReadInteger(text.Text.Span, out long value);
            time.Value = value;
        }),
        TimestampKind.Floating => Map<FloatingTime>(mlContext, rows, static (text, time) =>
        {
            _ = TimestampText.TryReadFloating(text.Text.Span, out double value);
            time.Value = value;
        }),
        TimestampKind.Date => Map<DateTimeTime>(mlContext, rows, static (text, time) =>
        {
            _ = TimestampText.TryReadDate(text.Text.Span, out DateTime value);
            time.Value = value;
        }),
        _ => rows,
    };

    private static IDataView Map<TTime>(MLContext mlContext, IDataView rows, Action<TimestampText, TTime> map)
        where TTime : class, new() =>
        mlContext.Transforms.CustomMapping(map, contractName: null).Fit(rows).Transform(rows);

    private sealed class IntegerTime
    {
        [ColumnName(Interactions.Timestamp)]
        public long Value { get; set; }
    }

    private sealed class FloatingTime
    {
        [ColumnName(Interactions.Timestamp)]
        public double Value { get; set; }
    }

    private sealed class DateTimeTime
    {
        [ColumnName(Interactions.Timestamp)]
        public DateTime Value { get; set; }
    }
}
