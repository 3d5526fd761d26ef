using System.Buffers.Binary;

namespace Microsoft.ML.Hydra.Persistence;

/// <summary>The content of a safetensors file: tensors in header order and free texts by key. Streams are read and written forward only.</summary>
internal sealed class SafetensorsFile
{
    private readonly Dictionary<string, NamedTensor> _byName;

    /// <exception cref="ArgumentException">Two tensors share a name.</exception>
    public SafetensorsFile(IReadOnlyList<NamedTensor> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        _byName = new Dictionary<string, NamedTensor>(tensors.Count, StringComparer.Ordinal);
        foreach (NamedTensor tensor in tensors)
        {
            if (!_byName.TryAdd(tensor.Name, tensor))
            {
                throw new ArgumentException($"Two tensors are named '{tensor.Name}'; names must be unique.", nameof(tensors));
            }
        }

        Tensors = tensors;
        Metadata = metadata ?? new Dictionary<string, string>();
    }

    public IReadOnlyList<NamedTensor> Tensors { get; }

    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>The tensor of a name.</summary>
    /// <exception cref="InvalidDataException">There is none.</exception>
    public NamedTensor this[string name] =>
        _byName.TryGetValue(name, out NamedTensor? tensor)
            ? tensor
            : throw new InvalidDataException($"The tensor '{name}' is missing; the file holds {Tensors.Count} others.");

    /// <summary>Writes the file; the same content always gives the same bytes.</summary>
    /// <exception cref="ArgumentException">The header would be longer than a reader accepts, or a name is not valid Unicode.</exception>
    public void Write(Stream target)
    {
        SafetensorsHeader header = SafetensorsHeader.Of(this);
        byte[] headerBytes = header.ToBytes();
        if (headerBytes.Length > SafetensorsHeader.MaximumLength)
        {
            throw new ArgumentException(
                $"The safetensors header takes {headerBytes.Length} bytes; at most {SafetensorsHeader.MaximumLength} are allowed, so store long texts elsewhere.");
        }

        Span<byte> prefix = stackalloc byte[SafetensorsHeader.PrefixLength];
        BinaryPrimitives.WriteInt64LittleEndian(prefix, headerBytes.Length);
        target.Write(prefix);
        target.Write(headerBytes);
        foreach (int index in header.BufferOrder())
        {
            Tensors[index].WriteValues(target);
        }
    }

    /// <summary>Reads a file to the end of the stream. Memory grows with what the stream delivers, whatever sizes the header states.</summary>
    /// <exception cref="InvalidDataException">The content does not follow the layout.</exception>
    public static SafetensorsFile Read(Stream source) => Read(source, _ => { });

    /// <inheritdoc cref="Read(Stream)"/>
    /// <param name="source">The stream.</param>
    /// <param name="check">Called with what the header states, before memory is taken for the tensors; throws to refuse it.</param>
    public static SafetensorsFile Read(Stream source, Action<IReadOnlyList<SafetensorsHeaderEntry>> check)
    {
        long? available = EntryReadStream.RemainingIn(source);
        var header = SafetensorsHeader.Parse(ReadHeader(source, available, out int headerLength));
        long bufferLength = header.Entries.Count == 0 ? 0 : header.Entries.Max(entry => entry.End);
        long? bufferAvailable = available - SafetensorsHeader.PrefixLength - headerLength;
        if (bufferAvailable < bufferLength)
        {
            throw SafetensorsHeader.Invalid($"it is cut short, the tensors need {bufferLength} bytes and {bufferAvailable} follow the header");
        }

        if (bufferAvailable > bufferLength)
        {
            throw TrailingBytes(bufferLength);
        }

        check(header.Entries);
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
        byte[] prefix = ArrayBytes.Read<byte>(source, SafetensorsHeader.PrefixLength, countIsCovered: true)
            ?? throw SafetensorsHeader.Invalid("it is cut short within the header length, its first 8 bytes");
        ulong stated = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (stated > SafetensorsHeader.MaximumLength)
        {
            throw SafetensorsHeader.Invalid($"the stated header length is {stated} bytes, more than the {SafetensorsHeader.MaximumLength} accepted");
        }

        length = (int)stated;
        bool covered = length <= available - SafetensorsHeader.PrefixLength;
        return ArrayBytes.Read<byte>(source, length, covered)
            ?? throw SafetensorsHeader.Invalid($"it is cut short within the header, whose stated length is {length} bytes");
    }

    private static NamedTensor ReadTensor(Stream source, SafetensorsHeaderEntry entry, bool sizeIsCovered)
    {
        int count = (int)((entry.End - entry.Begin) / entry.ElementType.Size);
        Array data = entry.ElementType.Read(source, count, sizeIsCovered)
            ?? throw SafetensorsHeader.Invalid($"it is cut short within the tensor that ends at byte {entry.End} of the buffer");
        return new NamedTensor(entry.Name, entry.Shape, data);
    }

    private static InvalidDataException TrailingBytes(long bufferLength) =>
        SafetensorsHeader.Invalid($"there are bytes after the {bufferLength} that the tensors need");
}
