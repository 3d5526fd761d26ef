using System.Buffers.Binary;

namespace Microsoft.ML.Hydra.Persistence;

/// <summary>
/// Reads the safetensors layout from a stream, forward only and to its end. Memory stays in proportion to what the
/// stream delivers, whatever the header claims.
/// </summary>
internal static class SafetensorsReader
{
    /// <exception cref="InvalidDataException">The content does not follow the layout.</exception>
    public static SafetensorsFile Read(Stream source)
    {
        long? available = RemainingLength.Of(source);
        SafetensorsHeader header = SafetensorsHeaderParser.Parse(ReadHeader(source, available, out int headerLength));
        long bufferLength = header.Entries.Count == 0 ? 0 : header.Entries.Max(entry => entry.End);
        long? bufferAvailable = available - SafetensorsFormat.PrefixLength - headerLength;
        if (bufferAvailable < bufferLength)
        {
            throw SafetensorsFormat.Invalid($"it is cut short, the tensors need {bufferLength} bytes and {bufferAvailable} follow the header");
        }

        if (bufferAvailable > bufferLength)
        {
            throw TrailingBytes(bufferLength);
        }

        var tensors = new NamedTensor[header.Entries.Count];
        foreach (int index in header.BufferOrder())
        {
            tensors[index] = ReadTensor(source, header.Entries[index], sizeIsCovered: available is not null);
        }

        if (source.ReadByte() >= 0)
        {
            throw TrailingBytes(bufferLength);
        }

        return new SafetensorsFile(tensors, header.Metadata);
    }

    private static byte[] ReadHeader(Stream source, long? available, out int length)
    {
        byte[] prefix = ArrayBytes.Read<byte>(source, SafetensorsFormat.PrefixLength, countIsCovered: true)
            ?? throw SafetensorsFormat.Invalid("it is cut short within the header length, its first 8 bytes");
        ulong claimed = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (claimed > SafetensorsFormat.MaximumHeaderLength)
        {
            throw SafetensorsFormat.Invalid($"the header claims {claimed} bytes, more than the {SafetensorsFormat.MaximumHeaderLength} accepted");
        }

        length = (int)claimed;
        bool covered = length <= available - SafetensorsFormat.PrefixLength;
        return ArrayBytes.Read<byte>(source, length, covered)
            ?? throw SafetensorsFormat.Invalid($"it is cut short within the header, which claims {length} bytes");
    }

    private static NamedTensor ReadTensor(Stream source, SafetensorsHeaderEntry entry, bool sizeIsCovered)
    {
        int count = (int)((entry.End - entry.Begin) / entry.ElementType.Size());
        Array data = ArrayBytes.Read(source, entry.ElementType, count, sizeIsCovered)
            ?? throw SafetensorsFormat.Invalid($"it is cut short within the tensor that ends at byte {entry.End} of the buffer");
        return new NamedTensor(entry.Name, entry.Shape, data);
    }

    private static InvalidDataException TrailingBytes(long bufferLength) =>
        SafetensorsFormat.Invalid($"there are bytes after the {bufferLength} that the tensors need");
}
