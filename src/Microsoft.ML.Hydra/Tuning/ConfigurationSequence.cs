using System.Text.Json.Nodes;
using Microsoft.ML.Hydra.Options;
using Microsoft.ML.Hydra.Training;

namespace Microsoft.ML.Hydra.Tuning;

/// <summary>
/// The configurations of a search: number 0 changes nothing, the others are drawn. Which they are depends on space, base options and
/// seed alone. Each comes once; those whose sizes do not fit each other are drawn again.
/// </summary>
internal sealed class ConfigurationSequence
{
    /// <summary>After so many draws in a row without a new configuration none is left.</summary>
    private const int MostDraws = 1000;

    private readonly IReadOnlyList<SearchParameter> _parameters;
    private readonly TrainerOptions _base;
    private readonly RandomStreams _random;
    private readonly List<Configuration> _drawn;
    private readonly HashSet<string> _known;
    private long _draws;
    private bool _isExhausted;

    /// <param name="parameters">The space.</param>
    /// <param name="baseOptions">The options that configurations change, checked.</param>
    /// <param name="random">Source of the draws.</param>
    public ConfigurationSequence(IReadOnlyList<SearchParameter> parameters, TrainerOptions baseOptions, RandomStreams random)
    {
        (_parameters, _base, _random) = (parameters, baseOptions, random);
        _drawn = [new Configuration([], baseOptions)];
        _known = [_drawn[0].ToJson().ToJsonString()];
    }

    /// <summary>What was wrong with the last configuration whose sizes did not fit; null when all did.</summary>
    public string? Misfit { get; private set; }

    /// <summary>A configuration by its number; null when there are not so many.</summary>
    public Configuration? this[int number]
    {
        get
        {
            while (_drawn.Count <= number && !_isExhausted)
            {
                DrawNext();
            }

            return number < _drawn.Count ? _drawn[number] : null;
        }
    }

    private void DrawNext()
    {
        for (int i = 0; i < MostDraws; i++)
        {
            Random random = _random.Configuration(_draws++);
            var drawn = new Configuration([.. _parameters.Select(parameter => (parameter.Option, parameter.Draw(random)))], _base);
            if (_known.Add(drawn.ToJson().ToJsonString()) && Fits(drawn))
            {
                _drawn.Add(drawn);
                return;
            }
        }

        _isExhausted = true;
    }

    private bool Fits(Configuration configuration)
    {
        try
        {
            OptionRanges.Check(configuration.Apply(_base));
            return true;
        }
        catch (ArgumentException cause)
        {
            Misfit = cause.Message;
            return false;
        }
    }
}

/// <summary>What a configuration changes of the base options.</summary>
internal sealed class Configuration
{
    private readonly (TunableOption Option, object? Value)[] _changes;

    /// <param name="values">Options with their values; those that the base options have already are left out.</param>
    /// <param name="baseOptions">The options that are changed.</param>
    public Configuration(IEnumerable<(TunableOption Option, object? Value)> values, TrainerOptions baseOptions) =>
        _changes = [.. values.Where(change => !Equals(change.Value, change.Option.Get(baseOptions)))];

    /// <summary>Name and value of every option that differs, in the order of the space.</summary>
    public IReadOnlyList<KeyValuePair<string, object?>> Changes => [.. _changes.Select(change => KeyValuePair.Create(change.Option.Name, change.Value))];

    /// <summary>The changes as a configuration file has them; two configurations are the same when their texts are.</summary>
    public JsonObject ToJson() => new(_changes.Select(change => KeyValuePair.Create(change.Option.Name, TunableOption.ToJson(change.Value))));

    /// <summary>A copy of the base options with the changes made.</summary>
    public TrainerOptions Apply(TrainerOptions baseOptions)
    {
        TrainerOptions options = baseOptions.Copy();
        foreach ((TunableOption option, object? value) in _changes)
        {
            option.Set(options, value);
        }

        return options;
    }
}
