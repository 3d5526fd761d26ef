using Microsoft.ML.Hydra.Options;
using Microsoft.ML.Hydra.Training;

namespace Microsoft.ML.Hydra.Tuning;

/// <summary>
/// The configurations of a search: number 0 changes nothing, the others are drawn. Which they are depends on space, base options and
/// seed alone. None comes twice; those whose sizes do not fit each other are drawn anew.
/// </summary>
internal sealed class ConfigurationSequence
{
    /// <summary>So many draws in a row without a new configuration mean that there is none left.</summary>
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
    /// <param name="random">All chance of the search.</param>
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
