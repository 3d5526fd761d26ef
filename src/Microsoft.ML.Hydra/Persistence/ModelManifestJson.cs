using System.Text.Json;

namespace Microsoft.ML.Hydra.Persistence;

/// <summary>The manifest as JSON; its last value is a checksum of the others.</summary>
internal static class ModelManifestJson
{
    private const int Depth = 3;

    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = Depth, AllowDuplicateProperties = false };

    public static void Write(Stream target, ModelManifest manifest)
    {
        using var json = new Utf8JsonWriter(target, new JsonWriterOptions { Indented = true, NewLine = "\n" });
        json.WriteStartObject();
        json.WriteString("format", ModelManifest.Format);
        json.WriteNumber("version", ModelManifest.FormatVersion);
        json.WriteString("library", manifest.LibraryVersion);
        json.WriteStartArray("entries");
        foreach (ModelManifestEntry entry in manifest.Entries)
        {
            json.WriteStartObject();
            json.WriteString("name", entry.Name);
            json.WriteNumber("length", entry.Length);
            json.WriteString("sha256", entry.Sha256);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteString("sha256", manifest.Digest());
        json.WriteEndObject();
    }

    /// <exception cref="InvalidDataException">The bytes are no manifest that this library can read.</exception>
    public static ModelManifest Parse(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(bytes, Strict);
            return Parse(document.RootElement);
        }
        catch (Exception cause) when (cause is JsonException or InvalidOperationException)
        {
            throw Invalid("it is not valid JSON", cause);
        }
    }

    private static ModelManifest Parse(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object || Text(root, "format") is not ModelManifest.Format)
        {
            throw Invalid($"it does not name the format '{ModelManifest.Format}'");
        }

        long version = Number(root, "version");
        string library = Text(root, "library");
        if (version > ModelManifest.FormatVersion)
        {
            throw new InvalidDataException(
                $"The saved model was written by a newer version, {MessageText.Of(library)} (format {version}; this one reads up to {ModelManifest.FormatVersion}); update the package Microsoft.ML.Hydra.");
        }

        if (version != ModelManifest.FormatVersion)
        {
            throw Invalid($"it states the format version {version}, which never existed");
        }

        var manifest = new ModelManifest(library, Entries(root));
        return manifest.Digest() == Text(root, "sha256") ? manifest : throw Invalid("its checksum does not match its content");
    }

    private static ModelManifestEntry[] Entries(JsonElement root)
    {
        if (!root.TryGetProperty("entries", out JsonElement list) || list.ValueKind != JsonValueKind.Array)
        {
            throw Invalid("it has no list 'entries'");
        }

        var names = new HashSet<string>(StringComparer.Ordinal);
        var entries = new List<ModelManifestEntry>();
        foreach (JsonElement item in list.EnumerateArray())
        {
            if (item.ValueKind != JsonValueKind.Object)
            {
                throw Invalid("its list 'entries' has an item that is not an object");
            }

            var entry = new ModelManifestEntry(Text(item, "name"), Number(item, "length"), Text(item, "sha256"));
            entries.Add(names.Add(entry.Name) ? entry : throw Invalid($"it lists the entry '{MessageText.Of(entry.Name)}' twice"));
        }

        return [.. entries];
    }

    private static string Text(JsonElement element, string key) =>
        element.TryGetProperty(key, out JsonElement value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()!
            : throw Invalid($"it has no text '{key}'");

    private static long Number(JsonElement element, string key) =>
        element.TryGetProperty(key, out JsonElement value) && value.ValueKind == JsonValueKind.Number
            && value.TryGetInt64(out long number) && number >= 0
            ? number
            : throw Invalid($"it has no whole number '{key}' from 0 to 2^63 - 1");

    private static InvalidDataException Invalid(string finding, Exception? cause = null) =>
        new($"The manifest of the saved model cannot be read: {finding}.", cause);
}
