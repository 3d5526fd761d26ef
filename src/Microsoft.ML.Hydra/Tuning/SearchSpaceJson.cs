using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.ML.Hydra.Persistence;

namespace Microsoft.ML.Hydra.Tuning;

/// <summary>A search space as text: an object of option names, each with a list of values or a range.</summary>
internal static class SearchSpaceJson
{
    private static readonly JsonDocumentOptions s_reading = new()
    {
        AllowTrailingCommas = true,
        AllowDuplicateProperties = false,
        CommentHandling = JsonCommentHandling.Skip,
    };

    private static readonly JsonSerializerOptions s_writing = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The space as an object.</summary>
    public static JsonObject ToJson(IEnumerable<SearchParameter> parameters) =>
        new(parameters.Select(parameter => KeyValuePair.Create(parameter.Option.Name, (JsonNode?)parameter.ToJson())));

    /// <summary>The space as indented text.</summary>
    public static string Write(IEnumerable<SearchParameter> parameters) => ToJson(parameters).ToJsonString(s_writing);

    /// <summary>Reads what <see cref="Write"/> wrote, or what somebody wrote by hand, with comments and trailing commas.</summary>
    /// <exception cref="ArgumentException">The text is not such an object, or names an unknown option or value.</exception>
    public static IEnumerable<SearchParameter> Read(string json)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(json, s_reading);
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? [.. document.RootElement.EnumerateObject().Select(Read)]
                : throw new ArgumentException("The search space is not a JSON object; expected one of option names, each with a list of values or a range.");
        }
        catch (JsonException cause)
        {
            throw new ArgumentException($"The search space is not valid JSON: {MessageText.OneLine(cause.Message)}", cause);
        }
        catch (InvalidOperationException cause)
        {
            // JsonElement throws this for text that is not Unicode.
            throw new ArgumentException("The search space has a text that is not valid Unicode.", cause);
        }
    }

    private static SearchParameter Read(JsonProperty entry)
    {
        TunableOption option = TunableOption.Named(entry.Name);
        if (entry.Value.ValueKind == JsonValueKind.Array)
        {
            return new ChoiceParameter(option, entry.Value.EnumerateArray().Select(Value));
        }

        if (entry.Value.ValueKind == JsonValueKind.Object && entry.Value.EnumerateObject().ToArray() is [var range] && Ends(range.Value) is [var lowest, var highest])
        {
            switch (range.Name)
            {
                case NumberParameter.Uniform:
                case NumberParameter.LogUniform:
                    return new NumberParameter(option, lowest, highest, range.Name == NumberParameter.LogUniform);
                case IntegerParameter.Kind:
                    return new IntegerParameter(option, lowest, highest);
            }
        }

        throw new ArgumentException(
            $"The search space gives {option.Name} {Shown(entry.Value.GetRawText())}; expected a list of values, or {{ \"uniform\": [low, high] }}, {{ \"logUniform\": [low, high] }} or {{ \"integers\": [low, high] }}.");
    }

    private static double[] Ends(JsonElement value) =>
        value.ValueKind == JsonValueKind.Array && value.EnumerateArray().All(end => end.ValueKind == JsonValueKind.Number)
            ? [.. value.EnumerateArray().Select(end => end.GetDouble())]
            : [];

    // Indented text on one line, and not all of a long one
    private static string Shown(string json) => MessageText.Of(string.Join(' ', json.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)));

    // Nested values come as their JSON text, which no option takes, so that the error can show them.
    private static object? Value(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null => null,
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        JsonValueKind.Number => value.GetDouble(),
        JsonValueKind.String => value.GetString(),
        _ => Shown(value.GetRawText()),
    };
}
