using System.Reflection;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Microsoft.ML.Hydra.Options;
using Microsoft.ML.Hydra.Persistence;

namespace Microsoft.ML.Hydra.Tuning;

/// <summary>A trainer option that a search may vary, by its name.</summary>
internal sealed class TunableOption
{
    private static readonly PropertyInfo[] s_properties = typeof(TrainerOptions).GetProperties(BindingFlags.Public | BindingFlags.Instance);

    private readonly PropertyInfo _property;
    private readonly Type _type;
    private readonly bool _isNullable;

    private TunableOption(PropertyInfo property)
    {
        _property = property;
        Type? underlying = Nullable.GetUnderlyingType(property.PropertyType);
        (_type, _isNullable) = (underlying ?? property.PropertyType, underlying is not null);
    }

    /// <summary>The option's name as declared.</summary>
    public string Name => _property.Name;

    /// <summary>Whether its values are whole numbers.</summary>
    public bool IsWhole => _type == typeof(int);

    /// <summary>Whether its values are numbers, whole or not.</summary>
    public bool IsNumber => IsWhole || _type == typeof(double);

    private string Expected => (_type switch
    {
        _ when _type == typeof(bool) => "true or false",
        _ when IsWhole => "a whole number",
        _ when IsNumber => "a number",
        _ => "one of " + string.Join(", ", Enum.GetNames(_type)),
    }) + (_isNullable ? ", or null" : string.Empty);

    /// <summary>Finds an option by its name, in any case.</summary>
    /// <exception cref="ArgumentException">There is none, or a search may not vary it.</exception>
    public static TunableOption Named(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        PropertyInfo? property = s_properties.FirstOrDefault(known => known.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
        return property is null
            ? throw new ArgumentException(
                $"There is no option '{MessageText.Of(name)}' to search over; the options are {string.Join(", ", s_properties.Where(known => Refusal(known) is null).Select(known => known.Name))}.")
            : Refusal(property) is string reason
                ? throw new ArgumentException($"The option {property.Name} cannot be in a search space: {reason}.")
                : new TunableOption(property);
    }

    /// <summary>The value in the option's own type, checked to be in its range.</summary>
    /// <param name="value">A number of any type, a Boolean, an enumeration's value or its name, or null.</param>
    /// <exception cref="ArgumentException">The option does not take such a value.</exception>
    public object? Convert(object? value)
    {
        object? converted = TryConvert(value);
        if (converted is null && !(value is null && _isNullable))
        {
            throw new ArgumentException($"The search space gives {Name} the value {MessageText.Of(Text(value))}; expected {Expected}.");
        }

        var options = new TrainerOptions();
        Set(options, converted);
        try
        {
            OptionRanges.Check(options);
        }
        catch (ArgumentException cause) when (cause is not ArgumentOutOfRangeException)
        {
            // Sizes that do not fit the defaults may fit each other: the configurations decide.
        }

        return converted;
    }

    /// <summary>Its value in a set of options.</summary>
    public object? Get(TrainerOptions options) => _property.GetValue(options);

    /// <summary>Sets it to a value of its own type.</summary>
    public void Set(TrainerOptions options, object? value) => _property.SetValue(options, value);

    /// <summary>A value as a configuration file has it.</summary>
    public static JsonNode? ToJson(object? value) => value switch
    {
        null => null,
        bool truth => JsonValue.Create(truth),
        int whole => JsonValue.Create(whole),
        double number => JsonValue.Create(number),
        _ => JsonValue.Create(value.ToString()),
    };

    private static string? Refusal(PropertyInfo property) => property.Name switch
    {
        nameof(TrainerOptions.NumberOfEpochs) => "the search chooses the epochs of each trial; set the most that a trial may have in the trainer's options",
        nameof(TrainerOptions.TimestampsColumnName) or nameof(TrainerOptions.DomainColumnName) => "it says what the data are; set it in the trainer's options, and search with and without it",
        nameof(TrainerOptions.Items) or nameof(TrainerOptions.ItemIdColumnName) or nameof(TrainerOptions.ItemTextColumnName)
            or nameof(TrainerOptions.ItemFeaturesColumnName) => "it says what is known of the items; set it in the trainer's options",
        nameof(TrainerOptions.Seed) or nameof(TrainerOptions.Validation) or nameof(TrainerOptions.MaximumValidationSequences) or nameof(TrainerOptions.ExcludeSeenItems) =>
            "it decides what trials are measured by",
        nameof(TrainerOptions.ItemsColumnName) or nameof(TrainerOptions.LabelColumnName) or nameof(TrainerOptions.NumberOfRecommendations)
            or nameof(TrainerOptions.IncludeCatalogScores) or nameof(TrainerOptions.AcrossDomains) or nameof(TrainerOptions.CountValidationEvents)
                or nameof(TrainerOptions.MaximumLossToNewItems) => "it changes nothing that is learned",
        _ when property.IsDefined(typeof(JsonIgnoreAttribute)) => "it belongs to the run and changes nothing that is learned",
        _ => null,
    };

    private object? TryConvert(object? value) => value switch
    {
        bool when _type == typeof(bool) => value,
        string name when _type.IsEnum => Enum.GetNames(_type).FirstOrDefault(known => known.Equals(name, StringComparison.OrdinalIgnoreCase)) is string known
            ? Enum.Parse(_type, known) : null,
        Enum when value.GetType() == _type => value,
        byte or sbyte or short or ushort or int or uint or long or ulong or float or double or decimal when IsNumber => Number(System.Convert.ToDouble(value, CultureInfo.InvariantCulture)),
        _ => null,
    };

    private object? Number(double value) =>
        !IsWhole ? double.IsFinite(value) ? value : null
        : double.IsInteger(value) && value is >= int.MinValue and <= int.MaxValue ? (int)value : null;

    private static string Text(object? value) => value is null ? "null" : $"'{System.Convert.ToString(value, CultureInfo.InvariantCulture)}'";
}
