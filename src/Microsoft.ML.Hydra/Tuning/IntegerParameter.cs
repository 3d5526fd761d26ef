using System.Globalization;
using System.Text.Json.Nodes;

namespace Microsoft.ML.Hydra.Tuning;

/// <summary>A whole number from a range, each as likely, both ends among them.</summary>
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
            throw new ArgumentException(string.Create(
                CultureInfo.InvariantCulture, $"The search space gives {option.Name} the range {_lowest} to {_highest}; wanted the lower end first."));
        }
    }

    public override object Draw(Random random) => (int)random.NextInt64(_lowest, (long)_highest + 1);

    public override JsonNode ToJson() => new JsonObject { [Kind] = new JsonArray(_lowest, _highest) };
}
