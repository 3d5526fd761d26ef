using System.Diagnostics;

namespace Microsoft.ML.Hydra.Text.Caching;

/// <summary>
/// Vectors in one file that only grows, of any number of encoders and processes. An own format of a header and records with digests (<see cref="VectorRecord"/>):
/// a database such as SQLite would bring native code into a package that has none.
/// </summary>
/// <remarks>
/// The file is open only while a batch is read or appended: for one writer, or for several readers. A writer first reads what others appended. What a killed writer
/// left is no whole record, and is cut off by the next one. Nothing is believed without its digest, at each reading.
/// </remarks>
internal sealed class FileVectorCache : VectorCache
{
    private const int BufferSize = 1 << 16;
    private const int SharingViolation = unchecked((int)0x80070020);
    private const int WouldBlock = 11, WouldBlockMac = 35;    // errno of a file that another process has locked
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    private readonly string _path;
    private readonly Action<string> _warn;
    private readonly Lock _lock = new();
    private readonly Dictionary<VectorKey, Place> _places = [];
    private long _end;
    private bool _hasWarned;

    /// <param name="path">The file; made where it is missing.</param>
    /// <param name="warn">Receives a sentence when a part of the file is damaged; once.</param>
    /// <exception cref="InvalidDataException">The file is something else; it is left as it is.</exception>
    /// <exception cref="IOException">The file cannot be read or written.</exception>
    public FileVectorCache(string path, Action<string> warn)
    {
        (_path, _warn) = (Path.GetFullPath(path), warn);
        Use(FileAccess.ReadWrite, ReadNew);
    }

    public override void Find(IReadOnlyList<VectorKey> keys, int dimension, Dictionary<VectorKey, float[]> found)
    {
        lock (_lock)
        {
            Use(FileAccess.Read, file =>
            {
                if (!keys.All(_places.ContainsKey) || file.Length < _end)
                {
                    ReadNew(file);
                }

                foreach (VectorKey key in keys)
                {
                    if (_places.TryGetValue(key, out Place place) && place.Dimension == dimension && !found.ContainsKey(key))
                    {
                        Read(file, key, place, found);
                    }
                }
            });
        }
    }

    public override void Add(IReadOnlyList<(VectorKey Key, float[] Vector)> vectors)
    {
        if (vectors.Count == 0)
        {
            return;
        }

        lock (_lock)
        {
            Use(FileAccess.ReadWrite, file =>
            {
                ReadNew(file);
                using var records = new MemoryStream();
                if (_end == 0)
                {
                    records.Write(VectorRecord.Header());
                }

                var added = new List<(VectorKey, Place)>(vectors.Count);
                foreach ((VectorKey key, float[] vector) in vectors.Where(pair => !_places.ContainsKey(pair.Key)))
                {
                    var record = new byte[VectorRecord.LengthOf(vector.Length)];
                    VectorRecord.Write(key, vector, record);
                    added.Add((key, new Place(_end + records.Length, vector.Length)));
                    records.Write(record);
                }

                file.SetLength(_end);
                file.Position = _end;
                file.Write(records.GetBuffer().AsSpan(0, (int)records.Length));
                file.Flush();
                _end += records.Length;
                foreach ((VectorKey key, Place place) in added)
                {
                    _places.TryAdd(key, place);
                }
            });
        }
    }

    private void Read(FileStream file, VectorKey key, Place place, Dictionary<VectorKey, float[]> found)
    {
        var record = new byte[VectorRecord.LengthOf(place.Dimension)];
        file.Position = place.Position;
        if (file.ReadAtLeast(record, record.Length, throwOnEndOfStream: false) == record.Length && VectorRecord.IsWhole(record) && VectorRecord.KeyOf(record) == key)
        {
            found.Add(key, VectorRecord.VectorOf(record));
        }
        else
        {
            _places.Remove(key);    // the file was replaced or damaged since: the text is encoded again
            WarnOfDamage();
        }
    }

    /// <summary>Checks the header, and reads the records that others appended. What follows the last whole record is not part of the cache.</summary>
    private void ReadNew(FileStream file)
    {
        if (file.Length < _end)
        {
            _end = 0;    // the file was replaced
            _places.Clear();
        }

        if (_end == 0 && !HasHeader(file))
        {
            return;
        }

        long damaged = 0;
        file.Position = _end;
        var record = new byte[sizeof(int)];
        while (file.Length - file.Position >= sizeof(int))
        {
            long position = file.Position;
            file.ReadExactly(record, 0, sizeof(int));
            int dimension = VectorRecord.DimensionOf(record);
            if (dimension is < 1 or > VectorRecord.MaximumDimension)
            {
                damaged++;
                break;
            }

            Array.Resize(ref record, VectorRecord.LengthOf(dimension));
            if (file.ReadAtLeast(record.AsSpan(sizeof(int)), record.Length - sizeof(int), throwOnEndOfStream: false) < record.Length - sizeof(int))
            {
                break;    // a writer was killed here
            }

            if (VectorRecord.IsWhole(record))
            {
                _places[VectorRecord.KeyOf(record)] = new Place(position, dimension);
                _end = file.Position;
            }
            else
            {
                damaged++;
            }
        }

        if (damaged > 0)
        {
            WarnOfDamage();
        }
    }

    /// <summary>Whether the file begins with a whole header; a new one gets it from its first writer.</summary>
    /// <exception cref="InvalidDataException">The file is something else.</exception>
    private bool HasHeader(FileStream file)
    {
        var bytes = new byte[VectorRecord.HeaderLength];
        file.Position = 0;
        int length = file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        if (VectorRecord.FindProblem(bytes.AsSpan(0, length)) is string problem)
        {
            throw new InvalidDataException($"The cache '{_path}' {problem}; it is left as it is: give another path for the cache, or delete the file.");
        }

        if (length == bytes.Length)
        {
            _end = length;
        }

        return length == bytes.Length;
    }

    private void WarnOfDamage()
    {
        if (!_hasWarned)
        {
            _hasWarned = true;
            _warn($"A part of the cache '{_path}' is damaged; the texts whose vectors were there are encoded again.");
        }
    }

    /// <summary>Opens the file for a moment: alone to write, with other readers to read. Waits while another process does the same.</summary>
    private void Use(FileAccess access, Action<FileStream> use)
    {
        try
        {
            using FileStream file = Open(access);
            use(file);
        }
        catch (FileNotFoundException) when (access == FileAccess.Read)
        {
            _end = 0;    // the file was deleted; the next writer begins it again
            _places.Clear();
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            throw new IOException(
                $"The cache '{_path}' cannot be {(access == FileAccess.Read ? "read" : "written")}: {cause.Message.TrimEnd('.')}; give a path in a directory that exists and can be written to, or none to keep the vectors in memory.", cause);
        }
    }

    private FileStream Open(FileAccess access)
    {
        var waited = Stopwatch.StartNew();
        for (int pause = 1; ; pause = Math.Min(2 * pause, 50))
        {
            try
            {
                return access == FileAccess.Read
                    ? new FileStream(_path, FileMode.Open, FileAccess.Read, FileShare.Read, BufferSize)
                    : new FileStream(_path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, BufferSize);
            }
            catch (IOException busy) when (IsBusy(busy) && waited.Elapsed < s_patience)
            {
                Thread.Sleep(pause);
            }
        }
    }

    private static bool IsBusy(IOException cause) =>
        OperatingSystem.IsWindows() ? cause.HResult == SharingViolation : cause.HResult == (OperatingSystem.IsMacOS() ? WouldBlockMac : WouldBlock);

    /// <summary>Where a record begins, and how many numbers its vector has.</summary>
    private readonly record struct Place(long Position, int Dimension);
}
