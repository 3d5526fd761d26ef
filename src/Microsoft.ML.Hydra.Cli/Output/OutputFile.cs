using System.Text.RegularExpressions;

namespace Microsoft.ML.Hydra.Cli.Output;

/// <summary>
/// What a command writes, opened before long work begins, so that a path that cannot be written is an error at once. A file is written
/// under another name in the same directory and renamed when it is complete; a link is followed and stays; a pipe or a device is written to as it
/// is; <c>-</c> is the standard output.
/// </summary>
internal sealed partial class OutputFile : IDisposable
{
    /// <summary>The name of the standard output.</summary>
    public const string StandardOutputName = "-";

    private readonly string? _target;          // null for what is written to as it is
    private readonly string? _partialPath;
    private OutputStream _stream;

    private OutputFile(string path, string? target, string? partialPath, OutputStream stream)
    {
        (Path, _target, _partialPath, _stream) = (path, target, partialPath, stream);
    }

    /// <summary>The path as it was given.</summary>
    public string Path { get; }

    public Stream Stream => _stream;

    /// <summary>Whether this is the standard output, on which no other text is then written.</summary>
    public bool IsStandardOutput => IsStandardOutputName(Path);

    /// <summary>Whether this is a file, which is replaced as a whole; otherwise it is written to as it is.</summary>
    public bool IsFile => _target is not null;

    /// <summary>The file that is replaced, with links followed; null where none is.</summary>
    public string? Target => _target;

    /// <summary>Whether the output itself failed, and not what was to be written.</summary>
    public bool HasFailed => _stream.HasFailed;

    public static bool IsStandardOutputName(string path) =>
        path == StandardOutputName || (!OperatingSystem.IsWindows() && path is "/dev/stdout" or "/dev/fd/1" or "/proc/self/fd/1");

    /// <param name="path">A file, a pipe, a device, or <c>-</c>.</param>
    /// <param name="openStandardOutput">Opens the standard output; by default that of the process.</param>
    /// <exception cref="UserErrorException">The directory is missing, or the output cannot be written.</exception>
    public static OutputFile Create(string path, Func<Stream>? openStandardOutput = null)
    {
        if (IsStandardOutputName(path))
        {
            return new OutputFile(path, null, null, new OutputStream((openStandardOutput ?? Console.OpenStandardOutput)(), isFile: false));
        }

        string full = System.IO.Path.GetFullPath(path);
        FileKind kind = FileFacts.Read(path).Kind;
        if (kind == FileKind.Directory || System.IO.Path.GetFileName(full).Length == 0)
        {
            throw new UserErrorException($"The output '{path}' is a directory; expected the name of a file.");
        }

        try
        {
            return kind == FileKind.Stream || IsDescriptor(full)
                ? new OutputFile(path, null, null, new OutputStream(new FileStream(full, FileMode.Append, FileAccess.Write, FileShare.ReadWrite), isFile: false))
                : CreateFile(path, FullPath.Resolve(full));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"The output '{path}' cannot be written: {Failure.Describe(exception)}", exception);
        }
    }

    /// <summary>Takes space on the disk for what will be written; it is not taken where the file system cannot do that.</summary>
    /// <param name="bytes">A size that the content will have at least.</param>
    /// <param name="about">The size that it will have about, for the error.</param>
    /// <exception cref="UserErrorException">The disk has less.</exception>
    public void Reserve(long bytes, long about)
    {
        if (!IsFile)
        {
            return;
        }

        try
        {
            Restart(bytes);
        }
        catch (IOException exception)
        {
            string free = DiskSpace.FreeAt(_target!) is long left ? DiskSpace.Format(left) : "less";
            throw new UserErrorException(
                $"The disk of the output '{Path}' has {free} free, and the output needs about {DiskSpace.Format(about)}; nothing was trained: free space on it or choose an output on another disk.",
                exception);
        }
    }

    /// <summary>Begins again with nothing written. Only for a file.</summary>
    public void Restart(long reserved = 0)
    {
        _stream.Release();
        File.Delete(_partialPath!);
        _stream = new OutputStream(OpenPartial(_partialPath!, reserved), isFile: true);
    }

    /// <summary>Completes the output: a file gets its own name and replaces an existing one.</summary>
    public void Commit()
    {
        _stream.Complete();
        if (IsFile)
        {
            File.Move(_partialPath!, _target!, overwrite: true);
        }
    }

    /// <summary>Removes what was written to a file that was not committed.</summary>
    public void Dispose()
    {
        _stream.Release();
        if (IsFile)
        {
            File.Delete(_partialPath!);
        }
    }

    private static OutputFile CreateFile(string path, string target)
    {
        string directory = System.IO.Path.GetDirectoryName(target)!;
        if (!Directory.Exists(directory))
        {
            throw new UserErrorException($"The directory of the output '{path}' does not exist; create it first.");
        }

        string name = System.IO.Path.GetFileName(target);
        DeleteLeftovers(directory, name);
        string partialPath = System.IO.Path.Combine(directory, $".{name}.{System.IO.Path.GetRandomFileName()}.partial");
        return new OutputFile(path, target, partialPath, new OutputStream(OpenPartial(partialPath, 0), isFile: true));
    }

    private static FileStream OpenPartial(string path, long reserved) => new(path, new FileStreamOptions
    {
        Mode = FileMode.CreateNew,
        Access = FileAccess.ReadWrite,
        Share = FileShare.None,
        PreallocationSize = reserved,
    });

    /// <summary>Removes what processes that were killed left of this output. A process that runs has its file locked.</summary>
    private static void DeleteLeftovers(string directory, string name)
    {
        foreach (string path in Directory.EnumerateFiles(directory, $".{name}.*.partial"))
        {
            if (!PartialName().IsMatch(System.IO.Path.GetFileName(path)[(name.Length + 1)..]))
            {
                continue;
            }

            try
            {
                using var locked = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.DeleteOnClose);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // In use, or of another user: it only takes space.
            }
        }
    }

    // A file that is open already, as /dev/fd/63 of a shell: never replaced.
    private static bool IsDescriptor(string full) =>
        !OperatingSystem.IsWindows()
        && (full == "/dev/stderr" || full.StartsWith("/dev/fd/", StringComparison.Ordinal) || full.StartsWith("/proc/", StringComparison.Ordinal));

    // What Path.GetRandomFileName gives, between points
    [GeneratedRegex(@"^\.[a-z0-9]{8}\.[a-z0-9]{3}\.partial$")]
    private static partial Regex PartialName();
}

/// <summary>The space on disks.</summary>
internal static class DiskSpace
{
    private const long BytesOfMB = 1024 * 1024;

    /// <summary>The bytes that this user may still write beside a file; null where the system does not say.</summary>
    public static long? FreeAt(string path)
    {
        try
        {
            return new DriveInfo(Path.GetDirectoryName(Path.GetFullPath(path))!).AvailableFreeSpace;
        }
        catch (Exception exception) when (exception is ArgumentException or IOException or UnauthorizedAccessException)
        {
            return null;    // a share of Windows
        }
    }

    /// <summary>A size for people: in MB, or in KB below one.</summary>
    public static string Format(long bytes) => bytes < BytesOfMB
        ? FormattableString.Invariant($"{bytes / 1024.0:0.0} KB")
        : FormattableString.Invariant($"{bytes / (double)BytesOfMB:0.0} MB");
}
