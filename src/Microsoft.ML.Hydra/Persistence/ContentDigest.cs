using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Microsoft.ML.Hydra.Persistence;

/// <summary>
/// SHA-256 over a list of values rather than over file bytes: every text carries its length, so no two lists share
/// their bytes. For content that stores its own checksum.
/// </summary>
internal sealed class ContentDigest : IDisposable
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    public void Add(long value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
        _hash.AppendData(bytes);
    }

    public void Add(string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        Add(bytes.Length);
        _hash.AppendData(bytes);
    }

    /// <summary>Adds bytes whose number follows from what was added before.</summary>
    public void Add(ReadOnlySpan<byte> bytes) => _hash.AppendData(bytes);

    public void Add(NamedTensor tensor)
    {
        Add(tensor.Name);
        Add(tensor.ElementType.Code);
        Add(tensor.Shape.Length);
        foreach (long dimension in tensor.Shape)
        {
            Add(dimension);
        }

        tensor.WriteValues(new HashingWriteStream(Stream.Null, _hash));
    }

    /// <summary>Adds what is written; it must say itself where it ends, or two lists could share their bytes.</summary>
    /// <returns>How many bytes were written.</returns>
    public long Add(Action<Stream> write)
    {
        var stream = new HashingWriteStream(Stream.Null, _hash);
        write(stream);
        return stream.BytesWritten;
    }

    /// <summary>The digest of everything added, as 64 lower-case hexadecimal digits; then it starts from nothing again.</summary>
    public string Take() => Convert.ToHexStringLower(_hash.GetHashAndReset());

    public void Dispose() => _hash.Dispose();
}

/// <summary>A stream that only goes forward: no seeking, no length.</summary>
internal abstract class ForwardOnlyStream : Stream
{
    public sealed override bool CanSeek => false;

    public sealed override long Length => throw new NotSupportedException();

    public sealed override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public sealed override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public sealed override void SetLength(long value) => throw new NotSupportedException();
}

/// <summary>Passes everything on to another stream, which stays open, and takes its length and hash on the way.</summary>
internal sealed class HashingWriteStream(Stream target, IncrementalHash hash) : ForwardOnlyStream
{
    /// <summary>Bytes written so far.</summary>
    public long BytesWritten { get; private set; }

    public override bool CanRead => false;

    public override bool CanWrite => true;

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        target.Write(buffer);
        hash.AppendData(buffer);
        BytesWritten += buffer.Length;
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void WriteByte(byte value) => Write(new ReadOnlySpan<byte>(in value));

    public override void Flush() => target.Flush();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}

/// <summary>
/// The content of an archive entry: ends after the length that the manifest states, however much the stream behind it
/// would deliver, and takes the hash on the way. Closing it changes nothing: a parser may close what it was given, and
/// the content must still be checked.
/// </summary>
internal sealed class EntryReadStream(Stream source, long statedLength, IncrementalHash hash) : ForwardOnlyStream
{
    private readonly long? _available = RemainingIn(source);

    /// <summary>Bytes delivered so far.</summary>
    public long BytesRead { get; private set; }

    // Bytes that are certainly left, or null where the stream behind does not know.
    private long? KnownRemaining => _available is long available ? Math.Min(available, statedLength) - BytesRead : null;

    public override bool CanRead => true;

    public override bool CanWrite => false;

    /// <summary>Bytes left in <paramref name="stream"/>, or null where it must be read to know.</summary>
    public static long? RemainingIn(Stream stream) => stream switch
    {
        EntryReadStream entry => entry.KnownRemaining,
        { CanSeek: true } => Math.Max(0, stream.Length - stream.Position),
        _ => null,
    };

    /// <summary>Reads what the parser left and compares with the manifest; null when all is as stated.</summary>
    public string? FindDamage(string statedHash)
    {
        Span<byte> rest = stackalloc byte[4096];
        while (Read(rest) > 0)
        {
        }

        if (BytesRead < statedLength)
        {
            return $"it ends after {BytesRead} of {statedLength} bytes";
        }

        if (source.ReadByte() >= 0)
        {
            return $"it is longer than the {statedLength} bytes of the manifest";
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset()) == statedHash ? null : "its checksum is not that of the manifest";
    }

    public override int Read(Span<byte> buffer)
    {
        int length = (int)Math.Min(buffer.Length, statedLength - BytesRead);
        int read = length == 0 ? 0 : source.Read(buffer[..length]);
        hash.AppendData(buffer[..read]);
        BytesRead += read;
        return read;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int ReadByte()
    {
        byte value = 0;
        return Read(new Span<byte>(ref value)) == 0 ? -1 : value;
    }

    public override void Flush()
    {
    }

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
