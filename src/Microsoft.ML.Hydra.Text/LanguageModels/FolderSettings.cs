using System.Text.Json;
using Microsoft.ML.Hydra.Persistence;

namespace Microsoft.ML.Hydra.Text.LanguageModels;

/// <summary>What a folder states of how its texts are read; null or <see cref="TextPooling.Automatic"/> where it states nothing.</summary>
/// <param name="Prompt">Put before a text.</param>
/// <param name="MaximumTokens">The most tokens of a text.</param>
/// <param name="Pooling">How the vectors of tokens become one.</param>
internal sealed record FolderSettings(string? Prompt = null, int? MaximumTokens = null, TextPooling Pooling = TextPooling.Automatic)
{
    /// <summary>Our own file, which tuning writes.</summary>
    public const string FileName = "hydra_text.json";

    /// <summary>The file of sentence-transformers.</summary>
    public const string PoolingName = "1_Pooling/config.json";

    /// <summary>The list of the parts of a sentence-transformers model.</summary>
    public const string ModulesName = "modules.json";

    private const string PromptKey = "prompt";
    private const string MaximumTokensKey = "maximum_tokens";
    private const string PoolingKey = "pooling";
    private const string PoolingModePrefix = "pooling_mode_";

    private static readonly Dictionary<string, TextPooling> s_poolingModes = new()
    {
        ["pooling_mode_mean_tokens"] = TextPooling.Mean,
        ["pooling_mode_cls_token"] = TextPooling.FirstToken,
        ["pooling_mode_lasttoken"] = TextPooling.LastToken,
    };

    /// <summary>Reads what a folder states.</summary>
    /// <param name="files">Its small files.</param>
    /// <param name="directory">The folder, for messages.</param>
    /// <exception cref="InvalidDataException">A file is damaged, or states what is not supported.</exception>
    public static FolderSettings Read(IReadOnlyDictionary<string, byte[]> files, string directory)
    {
        if (files.TryGetValue(FileName, out byte[]? own))
        {
            return ReadOwn(FolderJson.Parse(own, $"'{Path.Combine(directory, FileName)}'"));
        }

        if (files.TryGetValue(ModulesName, out byte[]? modules))
        {
            CheckModules(modules, Path.Combine(directory, ModulesName));
        }

        return files.TryGetValue(PoolingName, out byte[]? pooling)
            ? new FolderSettings(Pooling: ReadPooling(FolderJson.Parse(pooling, $"'{Path.Combine(directory, PoolingName)}'")))
            : new FolderSettings();
    }

    /// <summary>The content of <see cref="FileName"/>, indented.</summary>
    public byte[] ToBytes()
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes, new JsonWriterOptions { Indented = true, NewLine = "\n" }))
        {
            json.WriteStartObject();
            json.WriteString(PromptKey, Prompt ?? "");
            json.WriteNumber(MaximumTokensKey, MaximumTokens ?? TextEncoderOptions.DefaultMaximumTokens);
            json.WriteString(PoolingKey, Pooling.ToString());
            json.WriteEndObject();
        }

        return bytes.ToArray();
    }

    private static FolderSettings ReadOwn(FolderJson json)
    {
        string name = json.Text(PoolingKey, nameof(TextPooling.Automatic));
        return Enum.IsDefined(typeof(TextPooling), name)
            ? new FolderSettings(
                json.Text(PromptKey), json.TryGet(MaximumTokensKey, out _) ? json.Integer(MaximumTokensKey, 2, int.MaxValue) : null, Enum.Parse<TextPooling>(name))
            : throw json.NotSupported($"states the pooling '{MessageText.Of(name)}'", string.Join(", ", Enum.GetNames<TextPooling>()));
    }

    private static TextPooling ReadPooling(FolderJson json)
    {
        string[] modes =
        [
            .. from property in json.Properties
               where property.Name.StartsWith(PoolingModePrefix, StringComparison.Ordinal) && property.Value.ValueKind == JsonValueKind.True
               select property.Name,
        ];
        return modes is [string mode] && s_poolingModes.TryGetValue(mode, out TextPooling pooling)
            ? pooling
            : throw json.NotSupported(
                $"states {(modes.Length == 0 ? "no pooling mode" : MessageText.Of(string.Join(" and ", modes)))}",
                $"one of {string.Join(", ", s_poolingModes.Keys)}; otherwise remove the file and set TextEncoderOptions.Pooling");
    }

    // A part after the pooling, such as a dense layer, changes every vector.
    private static void CheckModules(byte[] bytes, string path)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(bytes);
            foreach (JsonElement module in document.RootElement.EnumerateArray())
            {
                string type = module.GetProperty("type").GetString() ?? "";
                if (type[(type.LastIndexOf('.') + 1)..] is not ("Transformer" or "Pooling" or "Normalize"))
                {
                    throw new InvalidDataException($"'{path}' lists the part '{MessageText.Of(type)}', which is not supported; expected Transformer, Pooling and Normalize only.");
                }
            }
        }
        catch (Exception cause) when (cause is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            throw new InvalidDataException($"'{path}' is not a list of parts with a 'type' each; copy the file again from where the model is published.", cause);
        }
    }
}
