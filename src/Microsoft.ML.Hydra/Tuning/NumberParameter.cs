using System.Globalization;
using System.Text.Json.Nodes;

namespace Microsoft.ML.Hydra.Tuning;

/// <summary>A number from a range, evenly by its value or by its logarithm, to four digits.</summary>
internal sealed class NumberParameter : SearchParameter
{
    /// <summary>What a file calls an even range.</summary>
    public const string Uniform = "uniform";

    /// <summary>What a file calls a range that is even by the logarithm.</summary>
    public const string LogUniform = "logUniform";

    private readonly double _lowest;
    private readonly double _highest;
    private readonly bool _isLogarithmic;

    /// <exception cref="ArgumentException">The option has no such numbers, an end is out of its range, or the ends make no range.</exception>
    public NumberParameter(TunableOption option, double lowest, double highest, bool isLogarithmic)
        : base(option)
    {
        if (!option.IsNumber || option.IsWhole)
        {
            throw new ArgumentException($"The option {option.Name} takes no fractions; give it choices{(option.IsWhole ? " or integers" : string.Empty)}.");
        }

        (_lowest, _highest, _isLogarithmic) = ((double)option.Convert(lowest)!, (double)option.Convert(highest)!, isLogarithmic);
        if (!(_lowest < _highest))
        {
            throw new ArgumentException(Text($"The search space gives {option.Name} the range {lowest} to {highest}; wanted the lower end first and the upper end above it."));
        }

        if (isLogarithmic && !(_lowest > 0))
        {
            throw new ArgumentException(Text($"The search space gives {option.Name} the logarithmic range {lowest} to {highest}; wanted both ends above 0."));
        }
    }

    // Four digits say all that a search can tell apart, and are read and typed again without loss.
    public override object Draw(Random random)
    {
        double share = random.NextDouble();
        double value = _isLogarithmic
            ? Math.Exp(Math.Log(_lowest) + share * (Math.Log(_highest) - Math.Log(_lowest)))
            : _lowest + share * (_highest - _lowest);
        double rounded = double.Parse(value.ToString("G4", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
        return Math.Clamp(rounded, _lowest, _highest);
    }

    public override JsonNode ToJson() => new JsonObject { [_isLogarithmic ? LogUniform : Uniform] = new JsonArray(_lowest, _highest) };

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
