using System.Text.Json.Nodes;
using static System.FormattableString;

namespace Microsoft.ML.Hydra.Tuning;

/// <summary>An option and the values that a search draws for it.</summary>
internal abstract class SearchParameter(TunableOption option)
{
    /// <summary>The option.</summary>
    public TunableOption Option => option;

    /// <summary>A value of the option's type.</summary>
    public abstract object? Draw(Random random);

    /// <summary>As the file of a space has it.</summary>
    public abstract JsonNode ToJson();
}

/// <summary>One of a list of values, all equally likely.</summary>
internal sealed class ChoiceParameter : SearchParameter
{
    private readonly object?[] _values;

    /// <exception cref="ArgumentException">There is no value, or the option does not take one of them.</exception>
    public ChoiceParameter(TunableOption option, IEnumerable<object?> values)
        : base(option)
    {
        _values = [.. values.Select(option.Convert)];
        if (_values.Length == 0)
        {
            throw new ArgumentException($"The search space gives {option.Name} no values; expected at least one.");
        }
    }

    public override object? Draw(Random random) => _values[random.Next(_values.Length)];

    public override JsonNode ToJson() => new JsonArray([.. _values.Select(TunableOption.ToJson)]);
}

/// <summary>A whole number from a range, all equally likely, both ends included.</summary>
internal sealed class IntegerParameter : SearchParameter
{
    /// <summary>What a file calls it.</summary>
    public const string Kind = "integers";

    private readonly int _lowest;
    private readonly int _highest;

    /// <exception cref="ArgumentException">The option has no whole numbers, an end is out of its range, or the ends are in the wrong order.</exception>
    public IntegerParameter(TunableOption option, double lowest, double highest)
        : base(option)
    {
        if (!option.IsWhole)
        {
            throw new ArgumentException($"The option {option.Name} takes no whole numbers; give it choices{(option.IsNumber ? ", uniform or logUniform" : string.Empty)}.");
        }

        (_lowest, _highest) = ((int)option.Convert(lowest)!, (int)option.Convert(highest)!);
        if (_lowest > _highest)
        {
            throw new ArgumentException(Invariant($"The search space gives {option.Name} the range {_lowest} to {_highest}; expected the lower end first."));
        }
    }

    public override object Draw(Random random) => (int)random.NextInt64(_lowest, (long)_highest + 1);

    public override JsonNode ToJson() => new JsonObject { [Kind] = new JsonArray(_lowest, _highest) };
}

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
            throw new ArgumentException(Invariant($"The search space gives {option.Name} the range {lowest} to {highest}; expected the lower end first and the upper end above it."));
        }

        if (isLogarithmic && !(_lowest > 0))
        {
            throw new ArgumentException(Invariant($"The search space gives {option.Name} the logarithmic range {lowest} to {highest}; expected both ends above 0."));
        }
    }

    // A search cannot distinguish more than four digits, and they can be copied without loss.
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
}
