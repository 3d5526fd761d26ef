namespace Microsoft.ML.Hydra.Cli.Reporting;

/// <summary>
/// A file that is written under another name in the same directory and renamed when it is complete. Created before long work begins, so
/// that a path that cannot be written is an error at once.
/// </summary>
internal sealed class OutputFile : IDisposable
{
    private readonly string _path;
    private readonly string _partialPath;
    private readonly FileStream _stream;

    private OutputFile(string path, string partialPath, FileStream stream)
    {
        _path = path;
        _partialPath = partialPath;
        _stream = stream;
    }

    public Stream Stream => _stream;

    /// <exception cref="UserErrorException">The directory is missing or cannot be written to.</exception>
    public static OutputFile Create(string path)
    {
        string full = Path.GetFullPath(path);
        string? directory = Path.GetDirectoryName(full);
        if (directory is null || Directory.Exists(full) || Path.GetFileName(full).Length == 0)
        {
            throw new UserErrorException($"The output '{path}' is a directory; expected the name of a file.");
        }

        if (!Directory.Exists(directory))
        {
            throw new UserErrorException($"The directory of the output '{path}' does not exist; create it first.");
        }

        string partialPath = Path.Combine(directory, $".{Path.GetFileName(full)}.{Path.GetRandomFileName()}.partial");
        try
        {
            return new OutputFile(full, partialPath, new FileStream(partialPath, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"The output '{path}' cannot be written: {Failure.Describe(exception)}", exception);
        }
    }

    /// <summary>Moves the file to its own name and replaces an existing one.</summary>
    public void Commit()
    {
        if (_stream.CanWrite)
        {
            _stream.Flush(flushToDisk: true);
        }

        _stream.Dispose();
        File.Move(_partialPath, _path, overwrite: true);
    }

    /// <summary>Removes what was written unless it was committed.</summary>
    public void Dispose()
    {
        _stream.Dispose();
        File.Delete(_partialPath);
    }
}
