using Microsoft.ML.Hydra.Tuning;

namespace Microsoft.ML.Hydra;

/// <summary>
/// The trainer options that a search varies, each with its values. A space does not change: every <c>With…</c> returns a new one, in which it
/// replaces what the space held for that option.
/// </summary>
/// <remarks>
/// Options are named as the properties of <see cref="HydraSequenceRecommendationTrainer.Options"/>, those of the model and of the
/// training; <c>NumberOfEpochs</c>, which the search chooses, <c>TimestampsColumnName</c>, which says what the data are, and what trials are measured by (<c>Seed</c>, <c>Validation</c>,
/// <c>MaximumValidationSequences</c>, <c>ExcludeSeenItems</c>) cannot be in a space. Configurations whose sizes do not fit each other are drawn again.
/// </remarks>
public sealed class HydraSearchSpace
{
    /// <summary>A space without options.</summary>
    public HydraSearchSpace()
        : this([])
    {
    }

    private HydraSearchSpace(IReadOnlyList<SearchParameter> parameters) => Parameters = parameters;

    /// <summary>
    /// Learning rate 0.001 to 0.01 by its logarithm, dropout .1 to .6 in steps of .1, weight decay 0, .01 or .1, embedding 32, 64 or 128, 1 to 4 layers,
    /// 2, 4 or 8 latent heads, and state 16, 32 or 64.
    /// </summary>
    public static HydraSearchSpace Default { get; } = new HydraSearchSpace()
        .WithLogUniform(nameof(TrainerOptions.LearningRate), 1e-3, 1e-2)
        .WithChoices(nameof(TrainerOptions.DropoutRate), 0.1, 0.2, 0.3, 0.4, 0.5, 0.6)
        .WithChoices(nameof(TrainerOptions.WeightDecay), 0, 0.01, 0.1)
        .WithChoices(nameof(TrainerOptions.EmbeddingDimension), 32, 64, 128)
        .WithIntegers(nameof(TrainerOptions.NumberOfLayers), 1, 4)
        .WithChoices(nameof(TrainerOptions.NumberOfLatentHeads), 2, 4, 8)
        .WithChoices(nameof(TrainerOptions.StateDimension), 16, 32, 64);

    /// <summary>Names of the options, in the order in which they were added.</summary>
    public IReadOnlyList<string> OptionNames => [.. Parameters.Select(parameter => parameter.Option.Name)];

    internal IReadOnlyList<SearchParameter> Parameters { get; }

    /// <summary>Reads a space from a JSON object, as in <c>{ "LearningRate": { "logUniform": [0.001, 0.01] }, "DropoutRate": [0.1, 0.3], "NumberOfLayers": { "integers": [1, 4] } }</c>.</summary>
    /// <param name="json">Option names, each with a list of values or with <c>uniform</c>, <c>logUniform</c> or <c>integers</c> and both ends. Comments and trailing commas are allowed.</param>
    /// <exception cref="ArgumentException">The text is not such an object, or an option does not take such values.</exception>
    public static HydraSearchSpace FromJson(string json)
    {
        ArgumentNullException.ThrowIfNull(json);
        return SearchSpaceJson.Read(json).Aggregate(new HydraSearchSpace(), (space, parameter) => space.With(parameter));
    }

    /// <summary>The space as <see cref="FromJson"/> reads it.</summary>
    public string ToJson() => SearchSpaceJson.Write(Parameters);

    /// <summary>One of a list of values, all equally likely.</summary>
    /// <param name="option">Name of the option.</param>
    /// <param name="values">At least one: numbers, Booleans, values of an enumeration or their names, or <see langword="null"/> where the option may be null.</param>
    /// <exception cref="ArgumentException">There is no such option, a search may not vary it, or it does not take one of the values.</exception>
    public HydraSearchSpace WithChoices(string option, params object?[] values)
    {
        ArgumentNullException.ThrowIfNull(values);
        return With(new ChoiceParameter(TunableOption.Named(option), values));
    }

    /// <summary>A number from a range, to four digits.</summary>
    /// <param name="option">Name of the option.</param>
    /// <param name="lowest">The lower end.</param>
    /// <param name="highest">The upper end, above the lower one.</param>
    /// <exception cref="ArgumentException">There is no such option, a search may not vary it, or it does not take such numbers.</exception>
    public HydraSearchSpace WithUniform(string option, double lowest, double highest) =>
        With(new NumberParameter(TunableOption.Named(option), lowest, highest, isLogarithmic: false));

    /// <summary>A number from a range in which each decade is equally likely, to four digits.</summary>
    /// <param name="option">Name of the option.</param>
    /// <param name="lowest">The lower end, above 0.</param>
    /// <param name="highest">The upper end, above the lower one.</param>
    /// <exception cref="ArgumentException">There is no such option, a search may not vary it, or it does not take such numbers.</exception>
    public HydraSearchSpace WithLogUniform(string option, double lowest, double highest) =>
        With(new NumberParameter(TunableOption.Named(option), lowest, highest, isLogarithmic: true));

    /// <summary>A whole number from a range, both ends included.</summary>
    /// <param name="option">Name of the option.</param>
    /// <param name="lowest">The lower end.</param>
    /// <param name="highest">The upper end.</param>
    /// <exception cref="ArgumentException">There is no such option, a search may not vary it, or it does not take such numbers.</exception>
    public HydraSearchSpace WithIntegers(string option, int lowest, int highest) =>
        With(new IntegerParameter(TunableOption.Named(option), lowest, highest));

    /// <summary>The space without an option, which then keeps its value; the space itself when it does not vary the option.</summary>
    /// <param name="option">Name of the option, in any case.</param>
    public HydraSearchSpace Without(string option)
    {
        ArgumentNullException.ThrowIfNull(option);
        return new HydraSearchSpace([.. Parameters.Where(parameter => !parameter.Option.Name.Equals(option, StringComparison.OrdinalIgnoreCase))]);
    }

    private HydraSearchSpace With(SearchParameter parameter) => new([.. Without(parameter.Option.Name).Parameters, parameter]);
}
