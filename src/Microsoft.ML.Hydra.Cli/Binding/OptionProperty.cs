using System.Globalization;
using System.Reflection;
using System.Text.Json.Nodes;

namespace Microsoft.ML.Hydra.Cli.Binding;

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

    /// <summary>What a value must look like, to end a sentence with.</summary>
    public string Wanted => Kind + (_isNullable ? ", or nothing" : string.Empty);

    private string Kind => _type switch
    {
        _ when _type == typeof(bool) => "true or false",
        _ when _type == typeof(int) => "a whole number",
        _ when _type == typeof(double) => "a number",
        _ when _type == typeof(string) => "a text",
        _ => "one of " + string.Join(", ", Enum.GetNames(_type)),
    };

    /// <summary>Null when the property holds something that no text can give.</summary>
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
    /// <returns>False, and nothing set, when the text is no value of this option.</returns>
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
            // Names only: Enum.TryParse would take any number as well.
            string? name = Enum.GetNames(_type).FirstOrDefault(known => known.Equals(text, StringComparison.OrdinalIgnoreCase));
            value = name is null ? null : Enum.Parse(_type, name);
        }

        return value is not null;
    }
}
