namespace Microsoft.ML.Hydra.Persistence;

/// <summary>
/// Replaces a file as a whole: the content is written to another file in the same directory, flushed to disk and then renamed, so
/// that after a crash, and for a reader at any time, there is either the old file or the new one.
/// </summary>
internal static class AtomicFile
{
    private const string AsideSuffix = ".aside";

    /// <summary>Writes the file; on any failure the old one stays and the other file is removed.</summary>
    /// <param name="path">The file; its directory must exist.</param>
    /// <param name="write">Writes the content and leaves the stream open.</param>
    public static void Write(string path, Action<Stream> write)
    {
        string aside = $"{path}.{Guid.NewGuid():N}{AsideSuffix}";
        try
        {
            using (var stream = new FileStream(aside, FileMode.CreateNew, FileAccess.Write, FileShare.None))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }

            File.Move(aside, path, overwrite: true);
        }
        catch
        {
            TryDelete(aside);
            throw;
        }
    }

    /// <summary>Removes what a crash left of files whose names start with <paramref name="prefix"/>.</summary>
    public static void DeleteLeftovers(string directory, string prefix)
    {
        foreach (string aside in Directory.GetFiles(directory, $"{prefix}*{AsideSuffix}"))
        {
            TryDelete(aside);
        }
    }

    /// <summary>Deletes a file; false when it is in use or may not be deleted.</summary>
    public static bool TryDelete(string path)
    {
        try
        {
            File.Delete(path);
            return true;
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
