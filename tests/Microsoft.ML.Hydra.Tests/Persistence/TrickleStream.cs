namespace Microsoft.ML.Hydra.Tests.Persistence;

/// <summary>A stream that cannot seek, does not know its length and delivers a few bytes at a time.</summary>
internal sealed class TrickleStream(byte[] bytes, int most = 37) : Stream
{
    private int _position;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public int BytesDelivered => _position;

    public override int Read(byte[] buffer, int offset, int count)
    {
        int read = Math.Min(Math.Min(most, count), bytes.Length - _position);
        Array.Copy(bytes, _position, buffer, offset, read);
        _position += read;
        return read;
    }

    public override void Flush() => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
