using System.Security.Cryptography;

namespace Microsoft.ML.Hydra.Persistence;

/// <summary>
/// The content of an archive entry: ends after the length that the manifest states, however much the stream behind it
/// would deliver, and takes the hash on the way. Closing it changes nothing: a parser may close what it was given, and
/// the content must still be judged.
/// </summary>
internal sealed class EntryReadStream(Stream source, long statedLength, IncrementalHash hash) : ForwardOnlyStream
{
    private readonly long? _available = RemainingLength.Of(source);

    /// <summary>Bytes delivered so far.</summary>
    public long BytesRead { get; private set; }

    /// <summary>Bytes that are left for certain, or null when the stream behind cannot tell.</summary>
    public long? KnownRemaining => _available is long available ? Math.Min(available, statedLength) - BytesRead : null;

    public override bool CanRead => true;

    public override bool CanWrite => false;

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
        int wanted = (int)Math.Min(buffer.Length, statedLength - BytesRead);
        int read = wanted == 0 ? 0 : source.Read(buffer[..wanted]);
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
