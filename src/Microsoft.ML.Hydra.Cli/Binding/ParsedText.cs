using System.CommandLine.Parsing;
using System.Globalization;

namespace Microsoft.ML.Hydra.Cli.Binding;

/// <summary>Reads a value of the command line from its text, with an error that names the option and what was expected.</summary>
internal static class ParsedText
{
    /// <summary>Reads the value of an option.</summary>
    /// <param name="option">Its name.</param>
    /// <param name="parse">Gives the value; null where the text is none.</param>
    /// <param name="expected">What the text should be.</param>
    public static Func<ArgumentResult, T?> From<T>(string option, Func<string, T?> parse, string expected) => result =>
    {
        string text = result.Tokens[0].Value;
        T? value = parse(text);
        if (value is null)
        {
            result.AddError($"{option} is '{text}'; expected {expected}.");
        }

        return value;
    };

    /// <summary>Reads a share, a number above 0 and below 1.</summary>
    /// <param name="option">The name of the option.</param>
    public static Func<ArgumentResult, double?> Share(string option) => From<double?>(
        option,
        text => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && value > 0 && value < 1 ? value : null,
        "a number above 0 and below 1, such as 0.1");
}

/// <summary>Reads whole numbers of the command line, with an error that names the option and the range.</summary>
internal static class WholeNumber
{
    /// <summary>Reads the value of an option.</summary>
    /// <param name="option">Its name.</param>
    /// <param name="least">The smallest value; null where every number is accepted.</param>
    public static Func<ArgumentResult, int?> From(string option, int? least) => result =>
    {
        string text = result.Tokens[0].Value;
        if (!int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int value))
        {
            string range = least is int start ? FormattableString.Invariant($"{start} to {int.MaxValue}") : FormattableString.Invariant($"{int.MinValue} to {int.MaxValue}");
            result.AddError($"{option} is '{text}'; expected a whole number from {range}.");
            return null;
        }

        if (value < least)
        {
            result.AddError(FormattableString.Invariant($"{option} is {value}; expected {least} or more."));
        }

        return value;
    };
}
