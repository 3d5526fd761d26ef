namespace Microsoft.ML.Hydra.Persistence;

/// <summary>
/// Replaces a file as a whole: the content is written aside in the same directory, flushed to disk and then renamed, so
/// that a reader or a crash finds the old file or the new one and nothing between.
/// </summary>
internal static class AtomicFile
{
    private const string AsideSuffix = ".aside";

    /// <summary>Writes the file; on any failure the old one stays and what was written aside is removed.</summary>
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

    /// <summary>Removes what a crash left aside for files whose names start with <paramref name="prefix"/>.</summary>
    public static void DeleteLeftovers(string directory, string prefix)
    {
        foreach (string aside in Directory.GetFiles(directory, $"{prefix}*{AsideSuffix}"))
        {
            TryDelete(aside);
        }
    }

    /// <summary>Deletes a file; false when something holds it or it may not be deleted.</summary>
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
