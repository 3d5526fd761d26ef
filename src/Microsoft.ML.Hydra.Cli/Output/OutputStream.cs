using System.Text;

namespace Microsoft.ML.Hydra.Cli.Output;

/// <summary>
/// The stream of an output. It remembers that writing failed, stays open when its writer closes it, and is written from start to end
/// where it is no file.
/// </summary>
/// <param name="target">The stream written to.</param>
/// <param name="isFile">Whether it may be read and positioned too.</param>
internal sealed class OutputStream(Stream target, bool isFile) : Stream
{
    /// <summary>Whether the target refused what was written.</summary>
    public bool HasFailed { get; private set; }

    public override bool CanRead => isFile && target.CanRead;

    public override bool CanSeek => isFile && target.CanSeek;

    public override bool CanWrite => target.CanWrite;

    public override long Length => target.Length;

    public override long Position
    {
        get => target.Position;
        set => target.Position = value;
    }

    /// <summary>Writes everything out, to the disk if it is a file, and closes the target.</summary>
    public void Complete() => Watch(() =>
    {
        if (isFile && target is FileStream file)
        {
            file.SetLength(file.Length);     // gives back the space that was taken and not used
            file.Flush(flushToDisk: true);
        }
        else
        {
            target.Flush();
        }

        target.Dispose();
    });

    /// <summary>Closes the target without more.</summary>
    public void Release()
    {
        try
        {
            target.Dispose();
        }
        catch (IOException)
        {
            HasFailed = true;    // the rest cannot be written: it is not used
        }
    }

    public override void Flush() => Watch(target.Flush);

    public override int Read(byte[] buffer, int offset, int count) => target.Read(buffer, offset, count);

    public override long Seek(long offset, SeekOrigin origin) => target.Seek(offset, origin);

    public override void SetLength(long value) => Watch(() => target.SetLength(value));

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        try
        {
            target.Write(buffer);
        }
        catch (Exception exception) when (IsRefusal(exception))
        {
            HasFailed = true;
            throw;
        }
    }

    private void Watch(Action action)
    {
        try
        {
            action();
        }
        catch (Exception exception) when (IsRefusal(exception))
        {
            HasFailed = true;
            throw;
        }
    }

    private static bool IsRefusal(Exception exception) => exception is IOException or UnauthorizedAccessException;
}

/// <summary>Bytes of UTF-8 as the text of a writer: the standard output of a command that runs inside another program.</summary>
/// <param name="writer">Receives the text.</param>
internal sealed class TextStream(TextWriter writer) : Stream
{
    private readonly Decoder _decoder = Encoding.UTF8.GetDecoder();

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override void Flush() => writer.Flush();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        char[] text = new char[_decoder.GetCharCount(buffer, flush: false)];
        writer.Write(text, 0, _decoder.GetChars(buffer, text, flush: false));
    }
}
