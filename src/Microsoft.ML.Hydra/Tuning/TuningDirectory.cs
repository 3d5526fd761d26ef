using Microsoft.ML.Hydra.Persistence;

namespace Microsoft.ML.Hydra.Tuning;

/// <summary>The directory of a search: its journal, the checkpoints of the trial in progress, and a lock for one process at a time.</summary>
internal sealed class TuningDirectory : IDisposable
{
    private const string Journal = "tuning.jsonl";
    private const string Trial = "trial-";

    private readonly string _path;
    private readonly FileStream _lock;
    private readonly bool _isNew;

    private TuningDirectory(string path, FileStream @lock)
    {
        (_path, _lock) = (path, @lock);
        _isNew = !File.Exists(JournalPath);
    }

    /// <summary>The journal's file.</summary>
    public string JournalPath => Path.Combine(_path, Journal);

    /// <summary>Creates the directory when it is missing and keeps other processes out of it.</summary>
    /// <param name="path">The directory.</param>
    /// <param name="resume">Whether a search that is there already is to be continued.</param>
    /// <exception cref="InvalidOperationException">It cannot be used, is in use, or holds a search that is not to be continued.</exception>
    public static TuningDirectory Open(string path, bool resume)
    {
        string full = Path.GetFullPath(path);
        try
        {
            Directory.CreateDirectory(full);
            var directory = new TuningDirectory(full, new FileStream(
                Path.Combine(full, "tuning.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.DeleteOnClose));
            if (!resume && !directory._isNew)
            {
                directory.Dispose();
                throw new InvalidOperationException($"The directory '{path}' already holds the journal of a search; resume that search, or choose another directory.");
            }

            AtomicFile.DeleteLeftovers(full, Journal);
            return directory;
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            throw new InvalidOperationException(
                $"The tuning directory '{path}' cannot be used: {cause.Message} Choose one that can be read and written and that no other search is using.", cause);
        }
    }

    /// <summary>Lets a trial keep checkpoints, and continue from those that it left when this search was interrupted.</summary>
    public void KeepCheckpoints(int trial, TrainerOptions options)
    {
        string checkpoints = Checkpoints(trial);
        if (_isNew)
        {
            RemoveCheckpoints(trial);    // of a search whose journal was deleted
        }

        options.CheckpointDirectory = checkpoints;
        options.ResumeFromCheckpoint = !_isNew && Directory.Exists(checkpoints) && Directory.EnumerateFiles(checkpoints, "*.safetensors").Any();
    }

    /// <summary>Removes the checkpoints of a trial.</summary>
    public void RemoveCheckpoints(int trial)
    {
        try
        {
            Directory.Delete(Checkpoints(trial), recursive: true);
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            // Not there, or in use: they only take space.
        }
    }

    public void Dispose() => _lock.Dispose();

    private string Checkpoints(int trial) => Path.Combine(_path, string.Create(CultureInfo.InvariantCulture, $"{Trial}{trial:D4}"));
}
