using System.Globalization;
using System.Text.RegularExpressions;

namespace Microsoft.ML.Hydra.Cli.Binding;

/// <summary>Reads durations as people type them: 90s, 30m, 1h30m, 2d.</summary>
internal static partial class DurationText
{
    /// <summary>What a duration looks like, to end a sentence with.</summary>
    public const string Wanted = "a duration such as 90s, 30m, 1h30m or 2d";

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

    [GeneratedRegex(@"^(?:(?<d>[0-9]+)d)?(?:(?<h>[0-9]+)h)?(?:(?<m>[0-9]+)m)?(?:(?<s>[0-9]+)s)?$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Parts();
}
