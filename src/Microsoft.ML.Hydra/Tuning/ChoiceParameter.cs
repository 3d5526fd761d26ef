using System.Text.Json.Nodes;

namespace Microsoft.ML.Hydra.Tuning;

/// <summary>One of a list of values, each as likely.</summary>
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
            throw new ArgumentException($"The search space gives {option.Name} no values; wanted at least one.");
        }
    }

    public override object? Draw(Random random) => _values[random.Next(_values.Length)];

    public override JsonNode ToJson() => new JsonArray([.. _values.Select(TunableOption.ToJson)]);
}
