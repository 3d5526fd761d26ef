using System.Buffers.Binary;

namespace Microsoft.ML.Hydra.Persistence;

/// <summary>Writes the safetensors layout to a stream, forward only; the same content always gives the same bytes.</summary>
internal static class SafetensorsWriter
{
    /// <exception cref="ArgumentException">The header would be longer than a reader accepts, or a name is not valid Unicode.</exception>
    public static void Write(Stream target, SafetensorsFile file)
    {
        SafetensorsHeader header = SafetensorsHeader.Of(file);
        byte[] headerBytes = header.ToBytes();
        if (headerBytes.Length > SafetensorsFormat.MaximumHeaderLength)
        {
            throw new ArgumentException(
                $"The safetensors header takes {headerBytes.Length} bytes; at most {SafetensorsFormat.MaximumHeaderLength} are allowed, so store long texts elsewhere.",
                nameof(file));
        }

        Span<byte> prefix = stackalloc byte[SafetensorsFormat.PrefixLength];
        BinaryPrimitives.WriteInt64LittleEndian(prefix, headerBytes.Length);
        target.Write(prefix);
        target.Write(headerBytes);
        foreach (int index in header.BufferOrder())
        {
            ArrayBytes.Write(target, file.Tensors[index].Data);
        }
    }
}
