using System.Collections;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Microsoft.ML.Hydra.Options;

/// <summary>The trainer's options as text: as saved with a model, and to copy them.</summary>
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
    /// <exception cref="InvalidDataException">The text is no such object, or an option is out of range.</exception>
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

    /// <summary>A copy that later changes to the original do not reach.</summary>
    public static TrainerOptions Copy(TrainerOptions options)
    {
        TrainerOptions copy = JsonSerializer.Deserialize<TrainerOptions>(Write(options), s_format)!;
        copy.AllowedItems = CopyOf(options.AllowedItems);
        copy.DeniedItems = CopyOf(options.DeniedItems);
        copy.CheckpointDirectory = options.CheckpointDirectory;
        copy.NumberOfCheckpoints = options.NumberOfCheckpoints;
        copy.ResumeFromCheckpoint = options.ResumeFromCheckpoint;
        copy.NumberOfThreads = options.NumberOfThreads;
        copy.Progress = options.Progress;
        copy.CancellationToken = options.CancellationToken;
        copy.CancellationBehavior = options.CancellationBehavior;
        return copy;
    }

    // A string is no list of items and is refused later, as it is.
    private static IEnumerable? CopyOf(IEnumerable? items) => items is null or string ? items : items.Cast<object>().ToArray();
}
