using System.Globalization;
using System.Reflection;
using System.Text.Json.Nodes;

namespace Microsoft.ML.Hydra.Cli.Binding;

/// <summary>
/// Sets trainer options by name from text, for <c>--config</c> and <c>--set</c>, and writes them in the format that <c>--config</c>
/// reads.
/// </summary>
internal static class OptionBinder
{
    private static readonly PropertyInfo[] AllProperties =
        typeof(HydraSequenceRecommendationTrainer.Options).GetProperties(BindingFlags.Public | BindingFlags.Instance);

    /// <summary>Every option that a text can set, in the order of declaration.</summary>
    public static IReadOnlyList<OptionProperty> Properties { get; } =
        [.. AllProperties.Select(OptionProperty.TryCreate).OfType<OptionProperty>()];

    /// <param name="options">The options changed.</param>
    /// <param name="assignment">As in <c>NumberOfLayers=2</c>.</param>
    /// <exception cref="UserErrorException">The assignment, the name or the value is not valid.</exception>
    public static void SetFromAssignment(HydraSequenceRecommendationTrainer.Options options, string assignment)
    {
        (string name, string text) = Split(assignment);
        Set(options, name, text, "--set");
    }

    /// <summary>Name and value of an assignment given to <c>--set</c>.</summary>
    /// <param name="assignment">As in <c>NumberOfLayers=2</c>.</param>
    /// <exception cref="UserErrorException">The text is not an assignment.</exception>
    public static (string Name, string Text) Split(string assignment)
    {
        int equals = assignment.IndexOf('=', StringComparison.Ordinal);
        return equals > 0
            ? (assignment[..equals].Trim(), assignment[(equals + 1)..].Trim())
            : throw new UserErrorException($"--set: '{assignment}' is not an assignment; expected Option=value, for example NumberOfLayers=2.");
    }

    /// <param name="options">The options changed.</param>
    /// <param name="name">Name of the option, in any case.</param>
    /// <param name="text">The value; null for no value.</param>
    /// <param name="source">Where the value comes from, for the start of an error.</param>
    /// <exception cref="UserErrorException">There is no such option, or it does not accept the value.</exception>
    public static void Set(HydraSequenceRecommendationTrainer.Options options, string name, string? text, string source)
    {
        OptionProperty property = Find(name, source);
        if (!property.TrySet(options, text))
        {
            string found = text is null ? "nothing" : $"'{text}'";
            throw new UserErrorException($"{source}: option {property.Name} is {found}; expected {property.Expected}.");
        }
    }

    /// <summary>All options that a text can set, as a flat object.</summary>
    public static JsonObject ToJson(HydraSequenceRecommendationTrainer.Options options)
    {
        var json = new JsonObject();
        foreach (OptionProperty property in Properties)
        {
            json.Add(property.Name, property.ToJson(options));
        }

        return json;
    }

    private static OptionProperty Find(string name, string source)
    {
        OptionProperty? property = Properties.FirstOrDefault(known => known.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
        if (property is not null)
        {
            return property;
        }

        if (AllProperties.Any(known => known.Name.Equals(name, StringComparison.OrdinalIgnoreCase)))
        {
            throw new UserErrorException($"{source}: option {name} cannot be set from text; it can be set in code only.");
        }

        IEnumerable<string> nearest = NearestNames.Find(name, Properties.Select(known => known.Name));
        throw new UserErrorException($"{source}: there is no option '{name}'; the nearest are {string.Join(", ", nearest)}.");
    }
}

/// <summary>One trainer option that a text can set: a whole number, a number, a Boolean, a text or an enum, maybe nullable.</summary>
internal sealed class OptionProperty
{
    private readonly PropertyInfo _property;
    private readonly Type _type;
    private readonly bool _isNullable;

    private OptionProperty(PropertyInfo property, Type type, bool isNullable)
    {
        _property = property;
        _type = type;
        _isNullable = isNullable;
    }

    public string Name => _property.Name;

    /// <summary>What a value must look like, for the end of a sentence.</summary>
    public string Expected => Kind + (_isNullable ? ", or nothing" : string.Empty);

    private string Kind => _type switch
    {
        _ when _type == typeof(bool) => "true or false",
        _ when _type == typeof(int) => "a whole number",
        _ when _type == typeof(double) => "a number",
        _ when _type == typeof(string) => "a text",
        _ => "one of " + string.Join(", ", Enum.GetNames(_type)),
    };

    /// <summary>Null when the property cannot be set from a text.</summary>
    public static OptionProperty? TryCreate(PropertyInfo property)
    {
        Type type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
        bool isSimple = type == typeof(bool) || type == typeof(int) || type == typeof(double) || type == typeof(string) || type.IsEnum;
        if (!isSimple || property.SetMethod is not { IsPublic: true })
        {
            return null;
        }

        bool isNullable = new NullabilityInfoContext().Create(property).WriteState == NullabilityState.Nullable;
        return new OptionProperty(property, type, isNullable);
    }

    /// <summary>Sets the property from a text; an empty text or null is null where the option may be null.</summary>
    /// <returns>False, and nothing set, when the text is not a value of this option.</returns>
    public bool TrySet(HydraSequenceRecommendationTrainer.Options options, string? text)
    {
        if (!TryParse(text, out object? value))
        {
            return false;
        }

        _property.SetValue(options, value);
        return true;
    }

    /// <summary>The value as JSON, such that its text sets the same value again.</summary>
    public JsonNode? ToJson(HydraSequenceRecommendationTrainer.Options options) => _property.GetValue(options) switch
    {
        null => null,
        bool value => JsonValue.Create(value),
        int value => JsonValue.Create(value),
        double value => JsonValue.Create(value),
        object value => JsonValue.Create(value.ToString()),
    };

    private bool TryParse(string? text, out object? value)
    {
        value = null;
        if (string.IsNullOrEmpty(text) && _isNullable)
        {
            return true;
        }

        if (text is null)
        {
            return false;
        }

        if (_type == typeof(string))
        {
            value = text;
        }
        else if (_type == typeof(bool))
        {
            value = bool.TryParse(text, out bool parsed) ? parsed : null;
        }
        else if (_type == typeof(int))
        {
            value = int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int parsed) ? parsed : null;
        }
        else if (_type == typeof(double))
        {
            value = double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double parsed) && double.IsFinite(parsed)
                ? parsed : null;
        }
        else
        {
            // Names only: Enum.TryParse would accept any number too.
            string? name = Enum.GetNames(_type).FirstOrDefault(known => known.Equals(text, StringComparison.OrdinalIgnoreCase));
            value = name is null ? null : Enum.Parse(_type, name);
        }

        return value is not null;
    }
}

/// <summary>Finds the existing names that are most like a name that does not exist.</summary>
internal static class NearestNames
{
    /// <summary>The three names with the fewest edits; names that contain the text, or are part of it, come first.</summary>
    public static IReadOnlyList<string> Find(string text, IEnumerable<string> names) =>
    [
        .. names
            .OrderBy(name => Contains(name, text) || Contains(text, name) ? 0 : 1)
            .ThenBy(name => EditDistance(name.ToUpperInvariant(), text.ToUpperInvariant()))
            .ThenBy(name => name, StringComparer.Ordinal)
            .Take(3),
    ];

    private static bool Contains(string name, string part) =>
        part.Length > 2 && name.Contains(part, StringComparison.OrdinalIgnoreCase);

    /// <summary>Levenshtein's distance: insertions, deletions and replacements of one letter.</summary>
    private static int EditDistance(string first, string second)
    {
        int[] row = [.. Enumerable.Range(0, second.Length + 1)];
        for (int i = 1; i <= first.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= second.Length; j++)
            {
                int replaced = diagonal + (first[i - 1] == second[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(replaced, 1 + Math.Min(row[j], row[j - 1]));
            }
        }

        return row[^1];
    }
}
