using System.Globalization;

namespace Microsoft.ML.Hydra.Cli.Input;

/// <summary>How the text of a time is parsed.</summary>
internal static class TimestampText
{
    private const DateTimeStyles Utc =
        DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal | DateTimeStyles.AllowLeadingWhite | DateTimeStyles.AllowTrailingWhite;

    private static readonly string[] DateFormats =
    [
        "yyyy-MM-dd",
        "yyyy-MM-dd'T'HH:mmK", "yyyy-MM-dd HH:mmK",
        "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK", "yyyy-MM-dd HH:mm:ss.FFFFFFFK",
    ];

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

    /// <summary>Whether the text is written as a finite number that double precision cannot hold.</summary>
    public static bool IsTooLarge(ReadOnlySpan<char> text) =>
        text.ContainsAnyInRange('0', '9')
        && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && double.IsInfinity(value);

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
