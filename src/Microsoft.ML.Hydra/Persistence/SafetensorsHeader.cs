using System.Text.Encodings.Web;
using System.Text.Json;

namespace Microsoft.ML.Hydra.Persistence;

/// <summary>What the header states about one tensor; <c>[Begin, End)</c> are bytes of the buffer.</summary>
internal sealed record SafetensorsHeaderEntry(string Name, TensorElementType ElementType, long[] Shape, long Begin, long End);

/// <summary>
/// The JSON header of the safetensors layout (github.com/huggingface/safetensors, "Format"): 8 bytes of little-endian header length, the header
/// padded with spaces, then the buffer, which the tensors cover without hole or overlap. Tensors in the order given, texts sorted by key.
/// </summary>
internal sealed record SafetensorsHeader(IReadOnlyList<SafetensorsHeaderEntry> Entries, IReadOnlyDictionary<string, string> Metadata)
{
    /// <summary>The key of the text-to-text map; no tensor may have this name.</summary>
    public const string MetadataKey = "__metadata__";

    /// <summary>Bytes of the header length at the start.</summary>
    public const int PrefixLength = 8;

    /// <summary>Longest header read or written, in bytes; the layout itself allows 100 MB.</summary>
    public const int MaximumLength = 16 * 1024 * 1024;

    // The buffer starts at a multiple of this many bytes.
    private const int Alignment = 8;
    private const string ElementTypeKey = "dtype";
    private const string ShapeKey = "shape";
    private const string OffsetsKey = "data_offsets";

    // Header object, tensor object, shape array.
    private const int Depth = 3;

    private static readonly JsonDocumentOptions JsonOptions = new() { MaxDepth = Depth, AllowDuplicateProperties = false };

    /// <summary>Lays the tensors out: wider elements first, so that every tensor starts at a multiple of its element size.</summary>
    public static SafetensorsHeader Of(SafetensorsFile file)
    {
        var entries = new SafetensorsHeaderEntry[file.Tensors.Count];
        long end = 0;
        foreach (int index in Enumerable.Range(0, entries.Length).OrderByDescending(i => file.Tensors[i].ElementType.Size))
        {
            NamedTensor tensor = file.Tensors[index];
            long begin = end;
            end = checked(begin + tensor.ByteLength);
            entries[index] = new SafetensorsHeaderEntry(tensor.Name, tensor.ElementType, tensor.Shape.ToArray(), begin, end);
        }

        return new SafetensorsHeader(entries, file.Metadata);
    }

    /// <summary>Positions in <see cref="Entries"/> in the order in which the buffer holds the tensors.</summary>
    public IEnumerable<int> BufferOrder() =>
        Enumerable.Range(0, Entries.Count).OrderBy(i => Entries[i].Begin).ThenBy(i => Entries[i].End);

    /// <summary>The JSON in UTF-8, padded with spaces to a multiple of 8 bytes.</summary>
    public byte[] ToBytes()
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            WriteMetadata(json);
            foreach (SafetensorsHeaderEntry entry in Entries)
            {
                WriteEntry(json, entry);
            }

            json.WriteEndObject();
        }

        while (bytes.Length % Alignment != 0)
        {
            bytes.WriteByte((byte)' ');
        }

        return bytes.ToArray();
    }

    private void WriteMetadata(Utf8JsonWriter json)
    {
        if (Metadata.Count == 0)
        {
            return;
        }

        json.WriteStartObject(MetadataKey);
        foreach ((string key, string text) in Metadata.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            json.WriteString(WellFormed(key), WellFormed(text));
        }

        json.WriteEndObject();
    }

    private static void WriteEntry(Utf8JsonWriter json, SafetensorsHeaderEntry entry)
    {
        json.WriteStartObject(WellFormed(entry.Name));
        json.WriteString(ElementTypeKey, entry.ElementType.Code);
        json.WriteStartArray(ShapeKey);
        foreach (long dimension in entry.Shape)
        {
            json.WriteNumberValue(dimension);
        }

        json.WriteEndArray();
        json.WriteStartArray(OffsetsKey);
        json.WriteNumberValue(entry.Begin);
        json.WriteNumberValue(entry.End);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>Half a surrogate pair has no UTF-8 and would be read as another text.</summary>
    private static string WellFormed(string text)
    {
        for (int i = 0; i < text.Length; i++)
        {
            if (char.IsSurrogatePair(text, i))
            {
                i++;
            }
            else if (char.IsSurrogate(text[i]))
            {
                throw new ArgumentException($"A name or text of {text.Length} characters has half a surrogate pair at position {i}; only valid Unicode can be stored.");
            }
        }

        return text;
    }

    /// <exception cref="InvalidDataException">The bytes are not a valid header.</exception>
    public static SafetensorsHeader Parse(ReadOnlyMemory<byte> bytes)
    {
        if (bytes.Length == 0 || bytes.Span[0] != (byte)'{')
        {
            throw Invalid("the header does not start with '{'");
        }

        try
        {
            using JsonDocument document = JsonDocument.Parse(bytes, JsonOptions);
            return Parse(document.RootElement);
        }
        catch (JsonException cause)
        {
            throw Invalid("the header is not valid JSON with unique keys and a depth of at most 3", cause);
        }
        catch (InvalidOperationException cause)
        {
            // JsonElement throws this for text that is not Unicode.
            throw Invalid("the header has a text that is not valid Unicode", cause);
        }
    }

    private static SafetensorsHeader Parse(JsonElement root)
    {
        var entries = new List<SafetensorsHeaderEntry>();
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (JsonProperty property in root.EnumerateObject())
        {
            if (property.Name == MetadataKey)
            {
                ReadMetadata(property.Value, metadata);
            }
            else
            {
                entries.Add(ReadEntry(property.Name, property.Value));
            }
        }

        var header = new SafetensorsHeader(entries, metadata);
        CheckCoverage(header);
        return header;
    }

    private static void ReadMetadata(JsonElement element, Dictionary<string, string> metadata)
    {
        if (element.ValueKind != JsonValueKind.Object)
        {
            throw Invalid("the metadata is not an object of texts");
        }

        foreach (JsonProperty property in element.EnumerateObject())
        {
            metadata[property.Name] = property.Value.ValueKind == JsonValueKind.String
                ? property.Value.GetString()!
                : throw Invalid($"the metadata '{MessageText.Of(property.Name)}' is not a text");
        }
    }

    private static SafetensorsHeaderEntry ReadEntry(string name, JsonElement element)
    {
        if (element.ValueKind != JsonValueKind.Object)
        {
            throw Invalid($"the header of tensor '{MessageText.Of(name)}' is not an object");
        }

        string? code = element.TryGetProperty(ElementTypeKey, out JsonElement text) && text.ValueKind == JsonValueKind.String
            ? text.GetString()
            : throw Invalid($"tensor '{MessageText.Of(name)}' has no dtype");
        TensorElementType type = TensorElementType.FromCode(code)
            ?? throw Invalid($"tensor '{MessageText.Of(name)}' has the dtype '{MessageText.Of(code!)}'; F32, F16, BF16, F64, I8, I32 and I64 are supported");
        long[] shape = ReadNumbers(name, element, ShapeKey);
        long[] offsets = ReadNumbers(name, element, OffsetsKey);
        if (offsets.Length != 2 || offsets[0] > offsets[1])
        {
            throw Invalid($"tensor '{MessageText.Of(name)}' has offsets that are not a begin and an end");
        }

        long length = offsets[1] - offsets[0];
        if (!TensorShape.TryCountElements(shape, out long count))
        {
            throw Invalid($"tensor '{MessageText.Of(name)}' has a shape with more elements than 64 bits can count");
        }

        if (length % type.Size != 0 || length / type.Size != count)
        {
            throw Invalid($"tensor '{MessageText.Of(name)}' has {length} bytes, which are not {count} elements of {type.Code}");
        }

        if (count > Array.MaxLength)
        {
            throw Invalid($"tensor '{MessageText.Of(name)}' has {count} elements; at most {Array.MaxLength} fit into an array");
        }

        return new SafetensorsHeaderEntry(name, type, shape, offsets[0], offsets[1]);
    }

    private static long[] ReadNumbers(string name, JsonElement element, string key)
    {
        if (!element.TryGetProperty(key, out JsonElement array) || array.ValueKind != JsonValueKind.Array)
        {
            throw Invalid($"tensor '{MessageText.Of(name)}' has no array {key}");
        }

        var numbers = new long[array.GetArrayLength()];
        int next = 0;
        foreach (JsonElement item in array.EnumerateArray())
        {
            if (item.ValueKind != JsonValueKind.Number || !item.TryGetInt64(out long number) || number < 0)
            {
                throw Invalid($"tensor '{MessageText.Of(name)}' has a value in {key} that is not a whole number from 0 to 2^63 - 1");
            }

            numbers[next++] = number;
        }

        return numbers;
    }

    private static void CheckCoverage(SafetensorsHeader header)
    {
        long end = 0;
        foreach (int index in header.BufferOrder())
        {
            SafetensorsHeaderEntry entry = header.Entries[index];
            if (entry.Begin != end)
            {
                throw Invalid(
                    $"tensor '{MessageText.Of(entry.Name)}' begins at byte {entry.Begin} of the buffer instead of {end}, which leaves a hole or an overlap");
            }

            end = entry.End;
        }
    }

    /// <summary>The exception for content that does not follow the layout.</summary>
    public static InvalidDataException Invalid(string finding, Exception? cause = null) =>
        new($"The safetensors data cannot be read: {finding}.", cause);
}

/// <summary>Text out of a file as an error message may show it: short and without control characters.</summary>
internal static class MessageText
{
    private const int MaximumLength = 60;

    public static string Of(string text)
    {
        string start = text.Length <= MaximumLength ? text : text[..MaximumLength] + "...";
        return OneLine(start);
    }

    /// <summary>All of it, without control characters.</summary>
    public static string OneLine(string text) => string.Concat(text.Select(c => char.IsControl(c) ? '?' : c));
}
