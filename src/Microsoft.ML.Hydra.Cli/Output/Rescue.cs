using Microsoft.ML.Hydra.Cli.Reporting;

namespace Microsoft.ML.Hydra.Cli.Output;

/// <summary>Writes a result that took long to make: when its output fails at the end, the result goes to the first other folder that takes it.</summary>
/// <param name="folders">The other folders, in order; null for that of the output, the one for temporary files, the current one and the user's own.</param>
internal sealed class Rescue(IReadOnlyList<string>? folders = null)
{
    private const int MostNames = 100;

    /// <summary>Writes and commits an output.</summary>
    /// <exception cref="UserErrorException">The output failed; says where the content is.</exception>
    /// <exception cref="UnsavedResultException">Every folder failed too.</exception>
    public void Save(OutputFile output, Result result)
    {
        Exception failure;
        bool isWritten = false;
        try
        {
            result.Write(output.Stream);
            isWritten = true;
            output.Commit();
            return;
        }
#pragma warning disable CA1031 // Whatever fails at the end, the result is kept.
        catch (Exception exception) when (exception is not (UserErrorException or OperationCanceledException)
            && (isWritten || output.HasFailed || !result.ReadsData))
#pragma warning restore CA1031
        {
            failure = exception;
        }

        string reason = $"The output '{output.Path}' could not be written: {Failure.Describe(failure).TrimEnd('.')}.";
        if (SaveElsewhere(output.Target ?? Path.GetFullPath(result.Name), result.Write) is not string saved)
        {
            throw new UnsavedResultException($"{reason} No other folder took {result.Content} either.", failure);
        }

        string cure = output.IsFile && !OperatingSystem.IsWindows()
            ? $" When it can be written again: mv {ShellText.Quote(saved)} {ShellText.Quote(output.Path)}"
            : string.Empty;
        throw new UserErrorException($"{reason} Nothing is lost: {result.Content} is in '{saved}'.{cure}", failure);
    }

    /// <summary>Writes to a new file in the first folder that takes it.</summary>
    /// <param name="path">A file after which the new one is named.</param>
    /// <param name="write">As <see cref="Result.Write"/>.</param>
    /// <returns>The new file; null when every folder failed.</returns>
    public string? SaveElsewhere(string path, Action<Stream> write)
    {
        foreach (string folder in folders ?? Folders(path))
        {
            try
            {
                return SaveIn(folder, Path.GetFileName(path), write);
            }
#pragma warning disable CA1031 // The next folder is tried.
            catch (Exception)
#pragma warning restore CA1031
            {
                continue;
            }
        }

        return null;
    }

    private static string SaveIn(string folder, string name, Action<Stream> write)
    {
        string path = FreeName(folder, name);
        using OutputFile file = OutputFile.Create(path);
        write(file.Stream);
        file.Commit();
        return path;
    }

    private static string FreeName(string folder, string name)
    {
        (string stem, string extension) = (Path.GetFileNameWithoutExtension(name), Path.GetExtension(name));
        for (int number = 1; number <= MostNames; number++)
        {
            string path = Path.Combine(folder, number == 1 ? $"{stem}.saved{extension}" : FormattableString.Invariant($"{stem}.saved-{number}{extension}"));
            if (!Path.Exists(path))
            {
                return path;
            }
        }

        throw new IOException($"The folder '{folder}' holds too many saved results.");
    }

    private static IEnumerable<string> Folders(string path) => new[]
    {
        Path.GetDirectoryName(Path.GetFullPath(path)) ?? string.Empty,
        Path.GetTempPath(),
        Environment.CurrentDirectory,
        Environment.GetFolderPath(Environment.SpecialFolder.UserProfile),
    }.Where(folder => folder.Length > 0).Select(Path.TrimEndingDirectorySeparator).Distinct(StringComparer.Ordinal);
}

/// <summary>What a command has made and writes.</summary>
/// <param name="Content">What it is, for an error: "the trained model".</param>
/// <param name="Name">The name of its file where the output has none.</param>
/// <param name="Write">Writes it; called again for each folder that is tried.</param>
internal sealed record Result(string Content, string Name, Action<Stream> Write)
{
    /// <summary>Whether it is made while it is written, so that an error may be one of the data.</summary>
    public bool ReadsData { get; init; }
}

/// <summary>A result could not be written anywhere; a text can still be printed.</summary>
internal sealed class UnsavedResultException(string message, Exception inner) : Exception(message, inner);
