using System.Text.Json;

namespace Microsoft.ML.Hydra.Persistence;

/// <summary>Reads the JSON header and checks everything that needs no tensor bytes.</summary>
internal static class SafetensorsHeaderParser
{
    // Header object, tensor object, shape array.
    private const int Depth = 3;

    private static readonly JsonDocumentOptions Json = new() { MaxDepth = Depth, AllowDuplicateProperties = false };

    /// <exception cref="InvalidDataException">The bytes are not a valid header.</exception>
    public static SafetensorsHeader Parse(ReadOnlyMemory<byte> bytes)
    {
        if (bytes.Length == 0 || bytes.Span[0] != (byte)'{')
        {
            throw SafetensorsFormat.Invalid("the header does not start with '{'");
        }

        try
        {
            using JsonDocument document = JsonDocument.Parse(bytes, Json);
            return Parse(document.RootElement);
        }
        catch (JsonException cause)
        {
            throw SafetensorsFormat.Invalid("the header is not valid JSON with unique keys and a depth of at most 3", cause);
        }
        catch (InvalidOperationException cause)
        {
            // JsonElement throws this for text that is not Unicode.
            throw SafetensorsFormat.Invalid("the header has a text that is not valid Unicode", cause);
        }
    }

    private static SafetensorsHeader Parse(JsonElement root)
    {
        var entries = new List<SafetensorsHeaderEntry>();
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (JsonProperty property in root.EnumerateObject())
        {
            if (property.Name == SafetensorsFormat.MetadataKey)
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
            throw SafetensorsFormat.Invalid("the metadata is not an object of texts");
        }

        foreach (JsonProperty property in element.EnumerateObject())
        {
            metadata[property.Name] = property.Value.ValueKind == JsonValueKind.String
                ? property.Value.GetString()!
                : throw SafetensorsFormat.Invalid($"the metadata '{MessageText.Of(property.Name)}' is not a text");
        }
    }

    private static SafetensorsHeaderEntry ReadEntry(string name, JsonElement element)
    {
        if (element.ValueKind != JsonValueKind.Object)
        {
            throw SafetensorsFormat.Invalid($"the header of tensor '{MessageText.Of(name)}' is not an object");
        }

        string? code = element.TryGetProperty(SafetensorsFormat.ElementTypeKey, out JsonElement text) && text.ValueKind == JsonValueKind.String
            ? text.GetString()
            : throw SafetensorsFormat.Invalid($"tensor '{MessageText.Of(name)}' has no dtype");
        TensorElementType type = TensorElementTypes.FromCode(code)
            ?? throw SafetensorsFormat.Invalid($"tensor '{MessageText.Of(name)}' has the dtype '{MessageText.Of(code!)}'; F32, F64, I32 and I64 are supported");
        long[] shape = ReadNumbers(name, element, SafetensorsFormat.ShapeKey);
        long[] offsets = ReadNumbers(name, element, SafetensorsFormat.OffsetsKey);
        if (offsets.Length != 2 || offsets[0] > offsets[1])
        {
            throw SafetensorsFormat.Invalid($"tensor '{MessageText.Of(name)}' has offsets that are not a begin and an end");
        }

        long length = offsets[1] - offsets[0];
        if (!TensorShape.TryCountElements(shape, out long count))
        {
            throw SafetensorsFormat.Invalid($"tensor '{MessageText.Of(name)}' has a shape with more elements than 64 bits can count");
        }

        if (length % type.Size() != 0 || length / type.Size() != count)
        {
            throw SafetensorsFormat.Invalid($"tensor '{MessageText.Of(name)}' has {length} bytes, which are not {count} elements of {type.Code()}");
        }

        if (count > Array.MaxLength)
        {
            throw SafetensorsFormat.Invalid($"tensor '{MessageText.Of(name)}' has {count} elements; at most {Array.MaxLength} fit into an array");
        }

        return new SafetensorsHeaderEntry(name, type, shape, offsets[0], offsets[1]);
    }

    private static long[] ReadNumbers(string name, JsonElement element, string key)
    {
        if (!element.TryGetProperty(key, out JsonElement array) || array.ValueKind != JsonValueKind.Array)
        {
            throw SafetensorsFormat.Invalid($"tensor '{MessageText.Of(name)}' has no array {key}");
        }

        var numbers = new long[array.GetArrayLength()];
        int next = 0;
        foreach (JsonElement item in array.EnumerateArray())
        {
            if (item.ValueKind != JsonValueKind.Number || !item.TryGetInt64(out long number) || number < 0)
            {
                throw SafetensorsFormat.Invalid($"tensor '{MessageText.Of(name)}' has a value in {key} that is not a whole number from 0 to 2^63 - 1");
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
                throw SafetensorsFormat.Invalid(
                    $"tensor '{MessageText.Of(entry.Name)}' begins at byte {entry.Begin} of the buffer instead of {end}, which leaves a hole or an overlap");
            }

            end = entry.End;
        }
    }
}
