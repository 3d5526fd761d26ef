using Microsoft.ML.Hydra.Cli.Reporting;

namespace Microsoft.ML.Hydra.Cli.Output;

/// <summary>The checkpoints of a training: those beside the model are removed when it is saved, those in a directory that was named stay.</summary>
/// <param name="directory">Their directory; null when none are kept.</param>
/// <param name="isOwn">Whether the directory is the one beside the model.</param>
/// <param name="resumeCommand">The command that continues the training.</param>
internal sealed class KeptCheckpoints(string? directory, bool isOwn, string resumeCommand)
{
    private const string Suffix = ".checkpoints";
    private const string LockName = "checkpoints.lock";

    // What the trainer writes there
    private static readonly string[] s_ownFiles = ["epoch-*.safetensors", "epoch-*.aside", "*.lock"];

    private string? _directory = directory;

    public string? Directory => _directory;

    public string ResumeCommand => resumeCommand;

    /// <summary>Whether there is a checkpoint, intact or not.</summary>
    public bool HasAny => System.IO.Directory.Exists(_directory) && System.IO.Directory.EnumerateFiles(_directory, s_ownFiles[0]).Any();

    /// <summary>Whether a training that runs keeps its checkpoints there: it has the lock of the directory open.</summary>
    public bool IsInUse
    {
        get
        {
            if (_directory is null || !File.Exists(Path.Combine(_directory, LockName)))
            {
                return false;
            }

            try
            {
                using var locked = new FileStream(Path.Combine(_directory, LockName), FileMode.Open, FileAccess.ReadWrite, FileShare.None, 1);
                return false;
            }
            catch (FileNotFoundException)
            {
                return false;    // the other training has just ended
            }
            catch (IOException)
            {
                return true;
            }
            catch (UnauthorizedAccessException)
            {
                return false;    // the training says what it may not do
            }
        }
    }

    /// <summary>The directory beside a model: the path as it was given, except for a link, whose target counts.</summary>
    public static string Beside(OutputFile output) =>
        (Path.GetFullPath(output.Path) == output.Target ? output.Path : output.Target) + Suffix;

    /// <summary>Keeps no checkpoints beside the model where the disk has no space for them.</summary>
    /// <param name="bytes">The space they need.</param>
    /// <param name="options">The options of the training.</param>
    /// <param name="errors">Receives a warning.</param>
    public void KeepOnlyWhereSpaceIsFor(long bytes, HydraSequenceRecommendationTrainer.Options options, ErrorConsole errors)
    {
        if (!isOwn || _directory is null || HasAny)
        {
            return;
        }

        if (DiskSpace.FreeAt(_directory) is long free && free < bytes)
        {
            errors.WriteWarning(
                $"The disk of the model has {DiskSpace.Format(free)} free and checkpoints need about {DiskSpace.Format(bytes)}, so none are kept; --checkpoint-directory names a directory on another disk.");
            (_directory, options.CheckpointDirectory) = (null, null);
        }
    }

    /// <summary>Removes the checkpoints beside the model, and the directory unless it holds other files.</summary>
    public void Remove()
    {
        if (!isOwn || !System.IO.Directory.Exists(_directory))
        {
            return;
        }

        try
        {
            foreach (string file in s_ownFiles.SelectMany(pattern => System.IO.Directory.GetFiles(_directory, pattern)))
            {
                File.Delete(file);
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // In use: it only takes space.
        }

        RemoveIfEmpty();
    }

    /// <summary>Removes the directory beside the model when it holds nothing.</summary>
    public void RemoveIfEmpty()
    {
        try
        {
            if (isOwn && System.IO.Directory.Exists(_directory) && !System.IO.Directory.EnumerateFileSystemEntries(_directory).Any())
            {
                System.IO.Directory.Delete(_directory);
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // An empty directory does no harm.
        }
    }
}
