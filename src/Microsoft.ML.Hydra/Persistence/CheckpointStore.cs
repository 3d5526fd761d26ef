using System.Diagnostics.CodeAnalysis;

namespace Microsoft.ML.Hydra.Persistence;

/// <summary>
/// The checkpoints of a training run in a directory, one file per epoch (<c>epoch-000012.safetensors</c>). One training
/// writes at a time, which <see cref="Prepare"/> sees to; any number may read meanwhile.
/// </summary>
internal sealed class CheckpointStore
{
    private const string Prefix = "epoch-";
    private const string Extension = ".safetensors";
    private const string LockName = "checkpoints.lock";

    // Reading starts again when the writer deletes a file that was just listed; each time there is a newer one.
    private const int MaximumListings = 16;

    private readonly string _directory;
    private readonly int _keepLast;

    /// <param name="directory">Created when the first checkpoint is saved.</param>
    /// <param name="keepLast">How many checkpoints stay, 1 or more.</param>
    public CheckpointStore(string directory, int keepLast)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(directory);
        ArgumentOutOfRangeException.ThrowIfLessThan(keepLast, 1);
        _directory = Path.GetFullPath(directory);
        _keepLast = keepLast;
    }

    /// <summary>The epochs that have a file, oldest first, intact or not.</summary>
    public IReadOnlyList<int> Epochs => [.. Files().Select(file => file.Epoch).Reverse()];

    /// <summary>
    /// Creates the directory, keeps other trainings out of it, removes what a crash left, and checks that files can be written. A process that dies
    /// releases the directory.
    /// </summary>
    /// <returns>Lets other trainings in when it is disposed.</returns>
    /// <exception cref="InvalidOperationException">The directory cannot be used, or another training is using it.</exception>
    public IDisposable Prepare()
    {
        FileStream? entered = null;
        try
        {
            InDirectory(() =>
            {
                Directory.CreateDirectory(_directory);
                entered = Enter();
                AtomicFile.DeleteLeftovers(_directory, Prefix);
                string probe = Path.Combine(_directory, Prefix + "probe");
                AtomicFile.Write(probe, stream => stream.WriteByte(0));
                File.Delete(probe);
            });
            return entered!;
        }
        catch
        {
            entered?.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Saves a checkpoint, replacing one of the same epoch, and then deletes all but the last ones up to this epoch.
    /// Later epochs, left by a longer run, stay.
    /// </summary>
    /// <exception cref="InvalidOperationException">The directory cannot be used.</exception>
    public void Save(Checkpoint checkpoint) => InDirectory(() =>
    {
        Directory.CreateDirectory(_directory);
        AtomicFile.DeleteLeftovers(_directory, Prefix);
        AtomicFile.Write(Path.Combine(_directory, NameOf(checkpoint.Epoch)), checkpoint.Write);
        foreach ((_, string path) in Files().Where(file => file.Epoch <= checkpoint.Epoch).Skip(_keepLast))
        {
            // A file that a reader has open is tried again after the next epoch.
            AtomicFile.TryDelete(path);
        }
    });

    /// <summary>Loads the newest checkpoint that is intact; false when there is none.</summary>
    /// <param name="checkpoint">The checkpoint found.</param>
    /// <param name="warnings">One sentence for each newer file that had to be skipped.</param>
    public bool TryLoadLatest([NotNullWhen(true)] out Checkpoint? checkpoint, out IReadOnlyList<string> warnings)
    {
        for (int listing = 1; ; listing++)
        {
            var skipped = new List<string>();
            bool vanished = false;
            checkpoint = null;
            warnings = skipped;
            foreach ((int epoch, string path) in Files())
            {
                try
                {
                    checkpoint = Load(path, epoch);
                    return true;
                }
                catch (FileNotFoundException)
                {
                    vanished = true;
                }
                catch (Exception cause) when (cause is InvalidDataException or IOException or UnauthorizedAccessException)
                {
                    skipped.Add($"The checkpoint '{path}' was skipped: {cause.Message}");
                }
            }

            if (!vanished || listing == MaximumListings)
            {
                return false;
            }
        }
    }

    private FileStream Enter()
    {
        string path = Path.Combine(_directory, LockName);
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.DeleteOnClose);
        }
        catch (IOException cause) when (File.Exists(path))
        {
            throw new InvalidOperationException(
                $"The checkpoint directory '{_directory}' is in use by another training; wait for its end, or choose another directory.", cause);
        }
    }

    private static Checkpoint Load(string path, int epoch)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
        Checkpoint checkpoint = Checkpoint.Read(stream);
        return checkpoint.Epoch == epoch
            ? checkpoint
            : throw new InvalidDataException($"It holds epoch {checkpoint.Epoch}, not the {epoch} of its name.");
    }

    /// <summary>The checkpoint files, newest first.</summary>
    private List<(int Epoch, string Path)> Files()
    {
        var files = new List<(int Epoch, string Path)>();
        if (Directory.Exists(_directory))
        {
            InDirectory(() => files.AddRange(
                from path in Directory.GetFiles(_directory, $"{Prefix}*{Extension}")
                let epoch = EpochOf(path)
                where epoch is not null
                orderby epoch descending
                select (epoch.Value, path)));
        }

        return files;
    }

    /// <summary>The epoch in a file name; null unless the name is exactly as written here, so that no other file is ever deleted.</summary>
    private static int? EpochOf(string path)
    {
        string name = Path.GetFileNameWithoutExtension(path)[Prefix.Length..];
        return int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out int epoch) && Path.GetFileName(path) == NameOf(epoch)
            ? epoch
            : null;
    }

    private static string NameOf(int epoch) => string.Create(CultureInfo.InvariantCulture, $"{Prefix}{epoch:D6}{Extension}");

    private void InDirectory(Action action)
    {
        try
        {
            action();
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            throw new InvalidOperationException(
                $"The checkpoint directory '{_directory}' cannot be used: {cause.Message} Choose one that can be read and written.", cause);
        }
    }
}
