using System.Text.Json;
using System.Text.Json.Serialization;

namespace Microsoft.ML.Hydra.Options;

/// <summary>The trainer's options as text, as they are saved with a model.</summary>
internal static class OptionsJson
{
    private static readonly JsonSerializerOptions s_format = new()
    {
        WriteIndented = true,
        Converters = { new JsonStringEnumConverter() },
    };

    /// <summary>All options that are saved, as a JSON object.</summary>
    public static string Write(TrainerOptions options) => JsonSerializer.Serialize(options, s_format);

    /// <summary>Reads what <see cref="Write"/> wrote; options of a later version are ignored, missing ones keep their default.</summary>
    /// <exception cref="InvalidDataException">The text is not such an object, or an option is out of range.</exception>
    public static TrainerOptions Read(string json)
    {
        try
        {
            TrainerOptions options = JsonSerializer.Deserialize<TrainerOptions>(json, s_format)
                ?? throw new InvalidDataException("The saved options are empty.");
            OptionRanges.Check(options);
            return options;
        }
        catch (Exception cause) when (cause is JsonException or ArgumentException)
        {
            throw new InvalidDataException($"The saved options cannot be read: {cause.Message}", cause);
        }
    }
}
