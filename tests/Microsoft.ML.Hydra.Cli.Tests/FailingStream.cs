namespace Microsoft.ML.Hydra.Cli.Tests;

/// <summary>A disk that is full after some bytes.</summary>
/// <param name="space">The bytes that it takes.</param>
internal sealed class FailingStream(long space) : MemoryStream
{
    public override bool CanSeek => false;

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        if (Length + buffer.Length > space)
        {
            throw new IOException("No space left on device");
        }

        base.Write(buffer);
    }
}
