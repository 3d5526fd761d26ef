using System.Reflection;
using System.Text.Json.Nodes;

namespace Microsoft.ML.Hydra.Cli.Binding;

/// <summary>
/// Sets trainer options by name from text, for <c>--config</c> and <c>--set</c> alike, and writes them back in a shape that
/// <c>--config</c> reads.
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
    /// <exception cref="UserErrorException">The assignment, the name or the value is not understood.</exception>
    public static void SetFromAssignment(HydraSequenceRecommendationTrainer.Options options, string assignment)
    {
        (string name, string text) = Split(assignment);
        Set(options, name, text, "--set");
    }

    /// <summary>Name and value of an assignment given to <c>--set</c>.</summary>
    /// <param name="assignment">As in <c>NumberOfLayers=2</c>.</param>
    /// <exception cref="UserErrorException">It is none.</exception>
    public static (string Name, string Text) Split(string assignment)
    {
        int equals = assignment.IndexOf('=', StringComparison.Ordinal);
        return equals > 0
            ? (assignment[..equals].Trim(), assignment[(equals + 1)..].Trim())
            : throw new UserErrorException($"--set: '{assignment}' is no assignment; wanted Option=value, for example NumberOfLayers=2.");
    }

    /// <param name="options">The options changed.</param>
    /// <param name="name">Name of the option, in any case.</param>
    /// <param name="text">The value; null for none.</param>
    /// <param name="source">Where the value comes from, to begin an error with.</param>
    /// <exception cref="UserErrorException">There is no such option, or it takes no such value.</exception>
    public static void Set(HydraSequenceRecommendationTrainer.Options options, string name, string? text, string source)
    {
        OptionProperty property = Find(name, source);
        if (!property.TrySet(options, text))
        {
            string found = text is null ? "nothing" : $"'{text}'";
            throw new UserErrorException($"{source}: option {property.Name} is {found}; wanted {property.Wanted}.");
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
            throw new UserErrorException($"{source}: option {name} takes no simple value; it can be set in code only.");
        }

        IEnumerable<string> nearest = NearestNames.Find(name, Properties.Select(known => known.Name));
        throw new UserErrorException($"{source}: there is no option '{name}'; the nearest are {string.Join(", ", nearest)}.");
    }
}
