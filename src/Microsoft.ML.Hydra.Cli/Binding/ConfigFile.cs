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

    /// <exception cref="UserErrorException">The file is missing, is no flat JSON object, or names an unknown option or value.</exception>
    public static void Apply(HydraSequenceRecommendationTrainer.Options options, string path)
    {
        foreach ((string name, string? text) in Read(path))
        {
            OptionBinder.Set(options, name, text, path);
        }
    }

    /// <summary>The names in the file with their values as text; null for none.</summary>
    /// <exception cref="UserErrorException">The file is missing or is no flat JSON object.</exception>
    public static IReadOnlyList<(string Name, string? Text)> Read(string path)
    {
        if (!File.Exists(path))
        {
            throw new UserErrorException($"The configuration file '{path}' does not exist.");
        }

        using JsonDocument document = Parse(path);
        if (document.RootElement.ValueKind != JsonValueKind.Object)
        {
            throw new UserErrorException($"The configuration file '{path}' holds no JSON object; wanted one of option names and values.");
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

    /// <summary>Nested values come as their JSON text, which no option takes, so that the error can show them.</summary>
    private static string? Text(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null => null,
        JsonValueKind.String => value.GetString(),
        _ => value.GetRawText(),
    };
}
