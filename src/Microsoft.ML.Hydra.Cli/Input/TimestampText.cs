using System.Globalization;
using Microsoft.ML.Data;

namespace Microsoft.ML.Hydra.Cli.Input;

/// <summary>The time column as the loader reads it, and how its text is parsed.</summary>
internal sealed class TimestampText
{
    public const string ColumnName = "TimestampText";

    private const DateTimeStyles Utc =
        DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal | DateTimeStyles.AllowLeadingWhite | DateTimeStyles.AllowTrailingWhite;

    private static readonly string[] DateFormats =
    [
        "yyyy-MM-dd",
        "yyyy-MM-dd'T'HH:mmK", "yyyy-MM-dd HH:mmK",
        "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK", "yyyy-MM-dd HH:mm:ss.FFFFFFFK",
    ];

    [Microsoft.ML.Data.ColumnName(ColumnName)]
    public ReadOnlyMemory<char> Text { get; set; }

    /// <summary>The narrowest kind; <see cref="TimestampKind.None"/> for a text that is not a time.</summary>
    public static TimestampKind KindOf(ReadOnlySpan<char> text) =>
        TryReadInteger(text, out _) ? TimestampKind.Integer
        : TryReadFloating(text, out _) ? TimestampKind.Floating
        : TryReadDate(text, out _) ? TimestampKind.Date
        : TimestampKind.None;

    public static bool TryReadInteger(ReadOnlySpan<char> text, out long value) =>
        long.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out value);

    public static bool TryReadFloating(ReadOnlySpan<char> text, out double value) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value) && double.IsFinite(value);

    public static bool TryReadDate(ReadOnlySpan<char> text, out DateTime value) =>
        DateTime.TryParseExact(text, DateFormats, CultureInfo.InvariantCulture, Utc, out value);
}

/// <summary>How times are written, from narrow to wide: one fraction makes a column of numbers floating.</summary>
internal enum TimestampKind
{
    /// <summary>There are no times.</summary>
    None,

    /// <summary>64-bit integers.</summary>
    Integer,

    /// <summary>Double-precision numbers.</summary>
    Floating,

    /// <summary>ISO 8601 dates, with or without a time of day and an offset; without an offset they are UTC.</summary>
    Date,
}

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
