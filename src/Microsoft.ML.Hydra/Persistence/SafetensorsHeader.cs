using System.Text.Encodings.Web;
using System.Text.Json;

namespace Microsoft.ML.Hydra.Persistence;

/// <summary>The JSON header: tensors in the order given, texts sorted by key.</summary>
internal sealed record SafetensorsHeader(IReadOnlyList<SafetensorsHeaderEntry> Entries, IReadOnlyDictionary<string, string> Metadata)
{
    /// <summary>Lays the tensors out: wider elements first, so that every tensor starts at a multiple of its element size.</summary>
    public static SafetensorsHeader Of(SafetensorsFile file)
    {
        var entries = new SafetensorsHeaderEntry[file.Tensors.Count];
        long end = 0;
        foreach (int index in Enumerable.Range(0, entries.Length).OrderByDescending(i => file.Tensors[i].ElementType.Size()))
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

        while (bytes.Length % SafetensorsFormat.Alignment != 0)
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

        json.WriteStartObject(SafetensorsFormat.MetadataKey);
        foreach ((string key, string text) in Metadata.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            json.WriteString(WellFormed(key), WellFormed(text));
        }

        json.WriteEndObject();
    }

    private static void WriteEntry(Utf8JsonWriter json, SafetensorsHeaderEntry entry)
    {
        json.WriteStartObject(WellFormed(entry.Name));
        json.WriteString(SafetensorsFormat.ElementTypeKey, entry.ElementType.Code());
        json.WriteStartArray(SafetensorsFormat.ShapeKey);
        foreach (long dimension in entry.Shape)
        {
            json.WriteNumberValue(dimension);
        }

        json.WriteEndArray();
        json.WriteStartArray(SafetensorsFormat.OffsetsKey);
        json.WriteNumberValue(entry.Begin);
        json.WriteNumberValue(entry.End);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>Half a surrogate pair has no UTF-8 and would come back as another text.</summary>
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
}
