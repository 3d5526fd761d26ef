using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace Microsoft.ML.Hydra.Cli.Input;

/// <summary>
/// Passes on the UTF-8 text of a file and refuses what a reader would change or swallow without a word: bytes that are not UTF-8, and a line
/// that is too long to be a row, before it fills the memory.
/// </summary>
/// <param name="bytes">The text; owned from here on.</param>
/// <param name="name">The file, for the errors.</param>
/// <param name="start">Bytes of the file before this text: its byte order mark.</param>
internal sealed class CheckedText(Stream bytes, TableName name, long start) : ForwardStream(bytes)
{
    /// <summary>The longest line, in bytes.</summary>
    public const int LongestLine = 1 << 20;

    private static readonly SearchValues<byte> s_lineEnds = SearchValues.Create("\r\n"u8);

    // The beginning of a character whose rest is not read yet: up to 3 bytes.
    private readonly byte[] _begun = new byte[4];
    private int _begunCount;
    private long _offset = start;
    private long _lineFeeds;
    private long _returns;
    private long _lineLength;

    private long Line => Math.Max(_lineFeeds, _returns) + 1;

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        int count;
        try
        {
            count = Source.Read(buffer);
        }
        catch (DecoderFallbackException exception)
        {
            throw new UserErrorException(
                FormattableString.Invariant($"The {name} holds bytes that the encoding does not know, at or after line {Line}; name the right one with {name.Kind.EncodingArgument} ({FileFormat.ExpectedEncoding})."), exception);
        }

        if (count == 0 && _begunCount > 0 && !buffer.IsEmpty)
        {
            throw NotUtf8(_begun[0], _offset - _begunCount, []);
        }

        ReadOnlySpan<byte> read = buffer[..count];
        CheckCharacters(read);
        CheckLines(read);
        _offset += count;
        return count;
    }

    private void CheckCharacters(ReadOnlySpan<byte> read)
    {
        ReadOnlySpan<byte> whole = read;
        long offset = _offset;
        while (_begunCount > 0 && !read.IsEmpty)
        {
            _begun[_begunCount++] = read[0];
            read = read[1..];
            offset++;
            switch (Rune.DecodeFromUtf8(_begun.AsSpan(0, _begunCount), out _, out _))
            {
                case OperationStatus.Done:
                    _begunCount = 0;
                    break;
                case OperationStatus.InvalidData:
                    throw NotUtf8(_begun[0], offset - _begunCount, []);
            }
        }

        for (int length = 1; length <= Math.Min(3, read.Length); length++)
        {
            if (Rune.DecodeFromUtf8(read[^length..], out _, out _) == OperationStatus.NeedMoreData)
            {
                read[^length..].CopyTo(_begun);
                _begunCount = length;
                read = read[..^length];
                break;
            }
        }

        if (!Utf8.IsValid(read))
        {
            Utf8.ToUtf16(read, new char[read.Length], out int valid, out _, replaceInvalidSequences: false);
            throw NotUtf8(read[valid], offset + valid, whole[..(int)(offset + valid - _offset)]);
        }
    }

    private void CheckLines(ReadOnlySpan<byte> read)
    {
        int first = read.IndexOfAny(s_lineEnds);
        if (_lineLength + (first < 0 ? read.Length : first) > LongestLine)
        {
            throw new UserErrorException(FormattableString.Invariant(
                $"Line {Line} of the {name} is longer than 1 MB ({LongestLine:N0} bytes), but a line is expected to hold one {name.Kind.Row}; check that the file is a text with line ends."));
        }

        _lineLength = first < 0 ? _lineLength + read.Length : read.Length - 1 - read.LastIndexOfAny(s_lineEnds);
        _lineFeeds += read.Count((byte)'\n');
        _returns += read.Count((byte)'\r');
    }

    /// <param name="found">The byte.</param>
    /// <param name="offset">Its place in the file, from 0.</param>
    /// <param name="before">What was read before it and is not counted yet.</param>
    private UserErrorException NotUtf8(byte found, long offset, ReadOnlySpan<byte> before)
    {
        long line = Math.Max(_lineFeeds + before.Count((byte)'\n'), _returns + before.Count((byte)'\r')) + 1;
        return new UserErrorException(FormattableString.Invariant(
            $"Line {line} of the {name} has the byte 0x{found:X2} at offset {offset}, which is not UTF-8; name the encoding of the file with {name.Kind.EncodingArgument}, such as latin1, windows-1252 or utf-16."));
    }
}

/// <summary>Opens bytes as UTF-8 text. A byte order mark at the start says the encoding and is left out.</summary>
internal static class TextOpener
{
    private static readonly (byte[] Mark, string Encoding)[] s_marks =
    [
        ([0xEF, 0xBB, 0xBF], "utf-8"),
        ([0xFF, 0xFE, 0, 0], "utf-32"),
        ([0, 0, 0xFE, 0xFF], "utf-32BE"),
        ([0xFF, 0xFE], "utf-16"),
        ([0xFE, 0xFF], "utf-16BE"),
    ];

    /// <param name="bytes">The file; owned from here on.</param>
    /// <param name="name">Its name, for the errors.</param>
    /// <param name="encoding">The encoding where no byte order mark says it.</param>
    /// <returns>UTF-8 without a byte order mark.</returns>
    public static Stream Open(Stream bytes, TableName name, Encoding encoding)
    {
        var head = new byte[4];
        int count = bytes.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
        int length = 0;
        foreach ((byte[] mark, string said) in s_marks)
        {
            if (head.AsSpan(0, count).StartsWith(mark))
            {
                (length, encoding) = (mark.Length, FileFormat.ParseEncoding(said)!);
                break;
            }
        }

        if (length == 0)
        {
            CheckHead(head.AsSpan(0, count), name, encoding);
        }

        Stream text = new HeadedStream(head.AsMemory(length, count - length), bytes);
        return new CheckedText(
            encoding.CodePage == Encoding.UTF8.CodePage ? text : Encoding.CreateTranscodingStream(text, encoding, Encoding.UTF8), name, length);
    }

    /// <summary>Refuses compressed data, and text of 2 or 4 bytes a character where 1 byte is expected.</summary>
    private static void CheckHead(ReadOnlySpan<byte> head, TableName name, Encoding encoding)
    {
        if (head.StartsWith((ReadOnlySpan<byte>)[0x1F, 0x8B]))
        {
            throw new UserErrorException(name.Path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase)
                ? $"The {name} is compressed twice with gzip; decompress it once."
                : $"The {name} is compressed with gzip, but its name does not end with .gz; rename it, such as to '{Path.GetFileName(name.Path)}.gz', or decompress it.");
        }

        if (head.StartsWith("PK\x03\x04"u8))
        {
            throw new UserErrorException(
                $"The {name} is a zip archive or a spreadsheet, not a text; extract the text file from it, or save the sheet as csv.");
        }

        string? found = encoding.GetByteCount("a") > 1 ? null : head switch
        {
            [not 0, 0, 0, 0] => "utf-32",
            [0, 0, 0, not 0] => "utf-32BE",
            [not 0, 0, not 0, 0] => "utf-16",
            [0, not 0, 0, not 0] => "utf-16BE",
            _ => null,
        };
        if (found is not null)
        {
            throw new UserErrorException(
                $"The {name} begins with zero bytes between its characters, as in {found}, and has no byte order mark; give {name.Kind.EncodingArgument} {found}.");
        }
    }

    /// <summary>A few bytes and then a stream.</summary>
    private sealed class HeadedStream(ReadOnlyMemory<byte> head, Stream rest) : ForwardStream(rest)
    {
        private ReadOnlyMemory<byte> _head = head;

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override int Read(Span<byte> buffer)
        {
            if (_head.IsEmpty)
            {
                return Source.Read(buffer);
            }

            int count = Math.Min(_head.Length, buffer.Length);
            _head.Span[..count].CopyTo(buffer);
            _head = _head[count..];
            return count;
        }
    }
}
