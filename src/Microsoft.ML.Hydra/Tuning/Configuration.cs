using System.Text.Json.Nodes;
using Microsoft.ML.Hydra.Options;

namespace Microsoft.ML.Hydra.Tuning;

/// <summary>What a configuration changes of the base options.</summary>
internal sealed class Configuration
{
    private readonly (TunableOption Option, object? Value)[] _changes;

    /// <param name="values">TrainerOptions with their values; those that the base options have already are left out.</param>
    /// <param name="baseOptions">The options that are changed.</param>
    public Configuration(IEnumerable<(TunableOption Option, object? Value)> values, TrainerOptions baseOptions) =>
        _changes = [.. values.Where(change => !Equals(change.Value, change.Option.Get(baseOptions)))];

    /// <summary>Name and value of every option that differs, in the order of the space.</summary>
    public IReadOnlyList<KeyValuePair<string, object?>> Changes => [.. _changes.Select(change => KeyValuePair.Create(change.Option.Name, change.Value))];

    /// <summary>The changes as they stand in a configuration file; two configurations are the same when their texts are.</summary>
    public JsonObject ToJson() => new(_changes.Select(change => KeyValuePair.Create(change.Option.Name, TunableOption.ToJson(change.Value))));

    /// <summary>A copy of the base options with the changes made.</summary>
    public TrainerOptions Apply(TrainerOptions baseOptions)
    {
        TrainerOptions options = OptionsJson.Copy(baseOptions);
        foreach ((TunableOption option, object? value) in _changes)
        {
            option.Set(options, value);
        }

        return options;
    }
}
