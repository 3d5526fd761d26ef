using System.Text.Json;

namespace Microsoft.ML.Hydra.Cli.Binding;

/// <summary>Reads options from a flat JSON object; comments and trailing commas are allowed.</summary>
internal static class ConfigFile
{
    private static readonly JsonDocumentOptions Format = new()
    {
        AllowTrailingCommas = true,
        AllowDuplicateProperties = false,
        CommentHandling = JsonCommentHandling.Skip,
    };

    /// <exception cref="UserErrorException">The file is missing, is not a flat JSON object, or names an unknown option or value.</exception>
    public static void Apply(HydraSequenceRecommendationTrainer.Options options, string path)
    {
        foreach ((string name, string? text) in Read(path))
        {
            OptionBinder.Set(options, name, text, path);
        }
    }

    /// <summary>The names in the file with their values as text; null for no value.</summary>
    /// <exception cref="UserErrorException">The file is missing or is not a flat JSON object.</exception>
    public static IReadOnlyList<(string Name, string? Text)> Read(string path)
    {
        if (!File.Exists(path))
        {
            throw new UserErrorException($"The configuration file '{path}' does not exist.");
        }

        using JsonDocument document = Parse(path);
        if (document.RootElement.ValueKind != JsonValueKind.Object)
        {
            throw new UserErrorException($"The configuration file '{path}' holds no JSON object; expected one with option names and values.");
        }

        return [.. document.RootElement.EnumerateObject().Select(entry => (entry.Name, Text(entry.Value)))];
    }

    private static JsonDocument Parse(string path)
    {
        try
        {
            using FileStream stream = File.OpenRead(path);
            return JsonDocument.Parse(stream, Format);
        }
        catch (JsonException exception)
        {
            throw new UserErrorException($"The configuration file '{path}' is not valid JSON: {exception.Message}", exception);
        }
    }

    /// <summary>Nested values are given as their JSON text: no option accepts it, and the error shows it.</summary>
    private static string? Text(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null => null,
        JsonValueKind.String => value.GetString(),
        _ => value.GetRawText(),
    };
}

/// <summary>Reads a search space from a JSON file.</summary>
internal static class SpaceFile
{
    /// <summary>The space of a search.</summary>
    /// <param name="path">Its file; null for the usual space.</param>
    /// <param name="usual">The usual space.</param>
    /// <param name="fixedOptions">Names of options that are removed from the space.</param>
    /// <exception cref="UserErrorException">The file is missing or holds no search space.</exception>
    public static HydraSearchSpace ReadOr(string? path, HydraSearchSpace usual, IEnumerable<string> fixedOptions) =>
        fixedOptions.Aggregate(path is null ? usual : Read(path), (space, name) => space.Without(name));

    /// <exception cref="UserErrorException">The file is missing or holds no search space.</exception>
    public static HydraSearchSpace Read(string path)
    {
        if (!File.Exists(path))
        {
            throw new UserErrorException($"The search space file '{path}' does not exist.");
        }

        try
        {
            return HydraSearchSpace.FromJson(File.ReadAllText(path));
        }
        catch (Exception exception) when (exception is ArgumentException or IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"{path}: {Failure.Describe(exception)}", exception);
        }
    }
}
