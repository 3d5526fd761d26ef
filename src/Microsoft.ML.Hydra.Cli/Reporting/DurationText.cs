using System.Globalization;
using System.Text.RegularExpressions;

namespace Microsoft.ML.Hydra.Cli.Reporting;

/// <summary>Durations as people type them (90s, 30m, 1h30m, 2d) and as they read them (4.2 s, 3 min 05 s, 2 h 10 min).</summary>
internal static partial class DurationText
{
    /// <summary>What a duration looks like, for the end of a sentence.</summary>
    public const string Expected = "a duration such as 90s, 30m, 1h30m or 2d";

    /// <returns>The duration; null for a text that is not one.</returns>
    public static TimeSpan? TryParse(string text)
    {
        Match match = Parts().Match(text);
        if (!match.Success || text.Length == 0)
        {
            return null;
        }

        double seconds = Part("d") * 86400 + Part("h") * 3600 + Part("m") * 60 + Part("s");
        return seconds > 0 && seconds < TimeSpan.MaxValue.TotalSeconds ? TimeSpan.FromSeconds(seconds) : null;

        double Part(string name) => match.Groups[name] is { Success: true } part ? double.Parse(part.Value, CultureInfo.InvariantCulture) : 0;
    }

    /// <summary>The duration for people.</summary>
    public static string Format(TimeSpan duration) => duration switch
    {
        { TotalSeconds: < 60 } => string.Create(CultureInfo.InvariantCulture, $"{duration.TotalSeconds:0.0} s"),
        { TotalMinutes: < 60 } => string.Create(CultureInfo.InvariantCulture, $"{duration.Minutes} min {duration.Seconds:00} s"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{(int)duration.TotalHours} h {duration.Minutes:00} min"),
    };

    [GeneratedRegex(@"^(?:(?<d>[0-9]+)d)?(?:(?<h>[0-9]+)h)?(?:(?<m>[0-9]+)m)?(?:(?<s>[0-9]+)s)?$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Parts();
}
