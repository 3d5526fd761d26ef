using System.Buffers.Binary;
using ICSharpCode.SharpZipLib.Checksum;
using ICSharpCode.SharpZipLib.Zip.Compression;

namespace Microsoft.ML.Hydra.Cli.Input;

/// <summary>
/// Decompresses a gzip file and refuses one that is cut short, damaged or goes on with something else. The streams of .NET and of SharpZipLib end
/// there without an error, and the rest of the rows is lost.
/// </summary>
/// <param name="bytes">The file; owned from here on.</param>
/// <param name="name">Its name, for the errors.</param>
internal sealed class GzipText(Stream bytes, TableName name) : ForwardStream(bytes)
{
    private const int FooterLength = 8;
    private const int HasHeaderChecksum = 2, HasExtra = 4, HasName = 8, HasComment = 16, Reserved = 0xE0;

    private readonly byte[] _input = new byte[1 << 16];
    private readonly Inflater _inflater = new(noHeader: true);
    private readonly Crc32 _checksum = new();
    private int _next;
    private int _count;
    private long _inputStart;
    private bool _isInMember;
    private bool _isEnd;

    public override int Read(byte[] buffer, int offset, int count)
    {
        while (count > 0 && !_isEnd)
        {
            if (!_isInMember)
            {
                _isEnd = !BeginMember();
                continue;
            }

            int read = _inflater.Inflate(buffer, offset, count);
            _checksum.Update(new ArraySegment<byte>(buffer, offset, read));
            if (_inflater.IsFinished)
            {
                _next = _count - _inflater.RemainingInput;
                EndMember();
            }
            else if (read == 0)
            {
                if (!_inflater.IsNeedingInput || !Fill())
                {
                    throw Damaged();
                }

                _inflater.SetInput(_input, 0, _count);
                _next = _count;
            }

            if (read > 0)
            {
                return read;
            }
        }

        return 0;
    }

    /// <summary>The file is not what a gzip program writes.</summary>
    public static UserErrorException Damaged(TableName name) => new(
        $"The {name} is not an intact gzip file: the compressed file is cut short or damaged; copy or compress it again.");

    private UserErrorException Damaged() => Damaged(name);

    /// <summary>Reads the header of the next member; false at the end of the file, which zeros may fill up.</summary>
    private bool BeginMember()
    {
        long start = _inputStart + _next;
        int first = NextOrEnd();
        if (first < 0 && start > 0)
        {
            return false;
        }

        if (start > 0 && first == 0)
        {
            while (first == 0)
            {
                first = NextOrEnd();
            }

            return first < 0 ? false : throw GoesOn(start);
        }

        if (first != 0x1F || NextOrEnd() != 0x8B)
        {
            throw start > 0 ? GoesOn(start) : new UserErrorException(
                $"The {name} is not an intact gzip file: it does not begin like one; give a file that is not compressed a name without .gz.");
        }

        int method = NextOrEnd();
        int flags = NextOrEnd();
        if (method != 8 || flags < 0 || (flags & Reserved) != 0)
        {
            throw start > 0 ? GoesOn(start) : Damaged();
        }

        Skip(6);
        if ((flags & HasExtra) != 0)
        {
            Skip(Next() | (Next() << 8));
        }

        for (int text = (flags & HasName) / HasName + (flags & HasComment) / HasComment; text > 0; text--)
        {
            while (Next() != 0)
            {
            }
        }

        Skip((flags & HasHeaderChecksum) != 0 ? 2 : 0);
        _inflater.Reset();
        _checksum.Reset();
        _inflater.SetInput(_input, _next, _count - _next);
        _next = _count;
        _isInMember = true;
        return true;
    }

    private void EndMember()
    {
        Span<byte> footer = stackalloc byte[FooterLength];
        foreach (ref byte value in footer)
        {
            value = Next();
        }

        if (BinaryPrimitives.ReadUInt32LittleEndian(footer) != (uint)_checksum.Value
            || BinaryPrimitives.ReadUInt32LittleEndian(footer[4..]) != (uint)_inflater.TotalOut)
        {
            throw Damaged();
        }

        _isInMember = false;
    }

    private UserErrorException GoesOn(long offset) => new(FormattableString.Invariant(
        $"The {name} is not an intact gzip file: it goes on after its compressed data, at byte {offset}, with something that is not gzip; copy or compress it again."));

    private void Skip(int count)
    {
        for (; count > 0; count--)
        {
            Next();
        }
    }

    private byte Next() => NextOrEnd() is int value and >= 0 ? (byte)value : throw Damaged();

    private int NextOrEnd() => _next < _count || Fill() ? _input[_next++] : -1;

    private bool Fill()
    {
        _inputStart += _count;
        _next = 0;
        _count = Source.Read(_input);
        return _count > 0;
    }
}
