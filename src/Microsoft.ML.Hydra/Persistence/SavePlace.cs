using static System.FormattableString;

namespace Microsoft.ML.Hydra.Persistence;

/// <summary>Whether a folder can take a model, asked before a training.</summary>
internal static class SavePlace
{
    // The numbers of a trained model are compressed by less than this.
    private const double LeastCompressed = 0.85;

    /// <summary>What keeps a folder from taking a model, for the end of a sentence; null when nothing does.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="bytes">What the model takes, uncompressed.</param>
    /// <param name="isCompressed">Whether it is written compressed.</param>
    public static string? FindProblem(string folder, long bytes, bool isCompressed)
    {
        try
        {
            string probe = Path.Combine(folder, $"hydra-{Guid.NewGuid():N}.probe");
            using (new FileStream(probe, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1, FileOptions.DeleteOnClose))
            {
            }

            long needed = isCompressed ? (long)(bytes * LeastCompressed) : bytes;
            long free = new DriveInfo(Path.GetFullPath(folder)).AvailableFreeSpace;
            return free >= needed ? null : Invariant($"has {free:N0} bytes free, and the model needs about {needed:N0}");
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return $"cannot be written ({cause.Message.TrimEnd('.')})";
        }
    }
}
