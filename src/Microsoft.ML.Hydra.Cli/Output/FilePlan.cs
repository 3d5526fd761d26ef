namespace Microsoft.ML.Hydra.Cli.Output;

/// <summary>The files that a command reads and those that it writes; checked before anything starts, so that no output replaces an input.</summary>
/// <param name="standardOutput">A path that leads to the standard output, as the shell has opened it.</param>
internal sealed class FilePlan(string standardOutput = "/dev/fd/1")
{
    private readonly List<PlannedFile> _files = [];

    /// <param name="argument">The argument that names the file, for the error.</param>
    /// <param name="path">The file; null where the argument is not given.</param>
    public FilePlan Reads(string argument, string? path) => Add(argument, path, isOutput: false);

    /// <param name="argument">The argument that names the file or directory, for the error.</param>
    /// <param name="path">The file or directory; null where the argument is not given.</param>
    public FilePlan Writes(string argument, string? path) => Add(argument, path, isOutput: true);

    /// <exception cref="UserErrorException">An output, or the standard output, is an input or another output, by whatever name.</exception>
    public void Check()
    {
        if (!OperatingSystem.IsWindows() && FileFacts.Read(standardOutput) is { Kind: FileKind.File, Identity: { } opened }
            && _files.FirstOrDefault(file => !file.IsOutput && file.Identity == opened) is { } input)
        {
            throw new UserErrorException(
                $"The standard output is redirected to {input.Argument} '{input.Path}', so the command would write into its input; redirect it to another file.");
        }

        for (int i = 0; i < _files.Count; i++)
        {
            for (int j = 0; j < i; j++)
            {
                (PlannedFile output, PlannedFile other) = _files[i].IsOutput ? (_files[i], _files[j]) : (_files[j], _files[i]);
                if (output.IsOutput && output.IsSameAs(other))
                {
                    string harm = other.IsOutput ? "one would replace the other" : "the output would replace the input";
                    throw new UserErrorException(
                        $"{output.Argument} '{output.Path}' and {other.Argument} '{other.Path}' are the same file, so {harm}; give {output.Argument} another name.");
                }
            }
        }
    }

    private FilePlan Add(string argument, string? path, bool isOutput)
    {
        if (!string.IsNullOrEmpty(path) && !OutputFile.IsStandardOutputName(path))
        {
            _files.Add(new PlannedFile(argument, path, isOutput));
        }

        return this;
    }

    /// <summary>A file of the command.</summary>
    private sealed class PlannedFile(string argument, string path, bool isOutput)
    {
        private static readonly StringComparison s_comparison =
            OperatingSystem.IsWindows() || OperatingSystem.IsMacOS() ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;

        private readonly FileFacts _facts = FileFacts.Read(path);
        private readonly string _full = FullPath.Resolve(path);

        public string Argument => argument;

        public string Path => path;

        public bool IsOutput => isOutput;

        public (ulong Device, ulong Number)? Identity => _facts.Identity;

        // A pipe or device may be read and written: /dev/null.
        public bool IsSameAs(PlannedFile other) =>
            _facts.Kind != FileKind.Stream
            && (_full.Equals(other._full, s_comparison) || (_facts.Identity is not null && _facts.Identity == other._facts.Identity));
    }
}

/// <summary>Full paths without links.</summary>
internal static class FullPath
{
    private const int MostLinks = 40;    // as Linux allows

    /// <summary>The full path with every link in it followed, also where the file at its end does not exist yet.</summary>
    /// <exception cref="UserErrorException">The links lead in a circle.</exception>
    public static string Resolve(string path)
    {
        string full = Path.GetFullPath(path);
        for (int links = 0; links < MostLinks; links++)
        {
            if (FollowFirstLink(full) is not string next)
            {
                return full;
            }

            full = next;
        }

        throw new UserErrorException($"The path '{path}' cannot be followed: its links lead in a circle.");
    }

    /// <summary>The path behind the first link in a full path; null when there is none.</summary>
    private static string? FollowFirstLink(string full)
    {
        string walked = Path.GetPathRoot(full) ?? string.Empty;
        string[] parts = full[walked.Length..].Split([Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar], StringSplitOptions.RemoveEmptyEntries);
        for (int i = 0; i < parts.Length; i++)
        {
            string next = Path.Combine(walked, parts[i]);
            if (new FileInfo(next).LinkTarget is string target)
            {
                return Path.GetFullPath(Path.Combine([walked, target, .. parts[(i + 1)..]]));
            }

            walked = next;
        }

        return null;
    }
}
