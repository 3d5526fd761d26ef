using System.CommandLine.Parsing;
using System.Globalization;

namespace Microsoft.ML.Hydra.Cli.Binding;

/// <summary>Reads a share of the command line, with an error that names the option and the range.</summary>
internal static class Share
{
    /// <summary>Reads the value of an option.</summary>
    /// <param name="option">Its name.</param>
    public static Func<ArgumentResult, double?> From(string option) => result =>
    {
        string text = result.Tokens[0].Value;
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && value > 0 && value < 1)
        {
            return value;
        }

        result.AddError($"{option} is '{text}'; expected a number above 0 and below 1, such as 0.1.");
        return null;
    };
}
