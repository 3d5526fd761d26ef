using System.CommandLine.Parsing;
using System.Globalization;

namespace Microsoft.ML.Hydra.Cli.Binding;

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
