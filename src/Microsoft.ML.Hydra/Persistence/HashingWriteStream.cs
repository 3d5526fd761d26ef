using System.Security.Cryptography;

namespace Microsoft.ML.Hydra.Persistence;

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
