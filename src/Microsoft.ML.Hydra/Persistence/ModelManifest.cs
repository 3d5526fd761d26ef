using System.Text.Json;

namespace Microsoft.ML.Hydra.Persistence;

/// <summary>What the manifest states about one entry; the hash is 64 lower-case hexadecimal digits.</summary>
internal sealed record ModelManifestEntry(string Name, long Length, string Sha256);

/// <summary>The table of contents of a saved model, stored as JSON; its last value is a checksum of the others.</summary>
/// <param name="LibraryVersion">Version of the library that wrote the model.</param>
/// <param name="Entries">All entries but the manifest itself, in the order written.</param>
internal sealed record ModelManifest(string LibraryVersion, IReadOnlyList<ModelManifestEntry> Entries)
{
    /// <summary>What every manifest names itself.</summary>
    public const string Format = "Microsoft.ML.Hydra model";

    /// <summary>The version of the entry set that this library writes, and the newest that it reads.</summary>
    public const int FormatVersion = 1;

    private const int Depth = 3;

    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = Depth, AllowDuplicateProperties = false };

    /// <summary>Writes the manifest as JSON.</summary>
    public void Write(Stream target)
    {
        using var json = new Utf8JsonWriter(target, new JsonWriterOptions { Indented = true, NewLine = "\n" });
        json.WriteStartObject();
        json.WriteString("format", Format);
        json.WriteNumber("version", FormatVersion);
        json.WriteString("library", LibraryVersion);
        json.WriteStartArray("entries");
        foreach (ModelManifestEntry entry in Entries)
        {
            json.WriteStartObject();
            json.WriteString("name", entry.Name);
            json.WriteNumber("length", entry.Length);
            json.WriteString("sha256", entry.Sha256);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteString("sha256", Digest());
        json.WriteEndObject();
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <exception cref="InvalidDataException">The bytes are not a manifest that this library can read.</exception>
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

    /// <summary>SHA-256 over format, version and entries.</summary>
    private string Digest()
    {
        using var digest = new ContentDigest();
        digest.Add(Format);
        digest.Add(FormatVersion);
        digest.Add(LibraryVersion);
        digest.Add(Entries.Count);
        foreach (ModelManifestEntry entry in Entries)
        {
            digest.Add(entry.Name);
            digest.Add(entry.Length);
            digest.Add(entry.Sha256);
        }

        return digest.Take();
    }

    private static ModelManifest Parse(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object || Text(root, "format") is not Format)
        {
            throw Invalid($"it does not name the format '{Format}'");
        }

        long version = Number(root, "version");
        string library = Text(root, "library");
        if (version > FormatVersion)
        {
            throw new InvalidDataException(
                $"The saved model was written by a newer version, {MessageText.Of(library)} (format {version}; this one reads up to {FormatVersion}); update the package Microsoft.ML.Hydra.");
        }

        if (version != FormatVersion)
        {
            throw Invalid($"it states the format version {version}, which never existed");
        }

        var manifest = new ModelManifest(library, ReadEntries(root));
        return manifest.Digest() == Text(root, "sha256") ? manifest : throw Invalid("its checksum does not match its content");
    }

    private static ModelManifestEntry[] ReadEntries(JsonElement root)
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
