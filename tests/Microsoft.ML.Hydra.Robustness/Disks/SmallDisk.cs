using System.Diagnostics;

namespace Microsoft.ML.Hydra.Robustness.Disks;

/// <summary>A disk of 2 MB in memory, mounted for one test. Needs the right to mount.</summary>
internal sealed class SmallDisk : IDisposable
{
    /// <summary>Bytes that it holds.</summary>
    public const int Size = 2 << 20;

    private SmallDisk(string path) => Path = path;

    /// <summary>Why there is none, for the message of a skipped test.</summary>
    public const string Missing = "This process may not mount a file system.";

    /// <summary>Where it is mounted.</summary>
    public string Path { get; }

    /// <summary>A file on it.</summary>
    public string this[string name] => System.IO.Path.Combine(Path, name);

    /// <summary>Names of its files, the hidden ones too.</summary>
    public string[] FileNames => [.. Directory.GetFiles(Path).Select(path => System.IO.Path.GetFileName(path)).Order(StringComparer.Ordinal)];

    /// <summary>Mounts one; null where that is not allowed.</summary>
    public static SmallDisk? Mount()
    {
        if (!OperatingSystem.IsLinux())
        {
            return null;
        }

        string path = Directory.CreateTempSubdirectory("hydra-disk-").FullName;
        if (Run("mount", "-t", "tmpfs", "-o", $"size={Size}", "hydra-disk", path))
        {
            return new SmallDisk(path);
        }

        Directory.Delete(path);
        return null;
    }

    /// <summary>Fills it up to a number of free bytes.</summary>
    public void FillUpTo(int free)
    {
        using FileStream filler = File.Create(this["filler"]);
        long left = new DriveInfo(Path).AvailableFreeSpace - free;
        filler.Write(new byte[left]);
    }

    /// <summary>Makes it read-only, for root too.</summary>
    public void MakeReadOnly()
    {
        if (!Run("mount", "-o", "remount,ro", Path))
        {
            throw new InvalidOperationException($"The disk {Path} cannot be made read-only.");
        }
    }

    public void Dispose()
    {
        if (Run("umount", Path) || Run("umount", "-l", Path))
        {
            Directory.Delete(Path);
        }
    }

    private static bool Run(string command, params string[] arguments)
    {
        try
        {
            using Process process = Process.Start(new ProcessStartInfo(command, arguments) { RedirectStandardError = true, RedirectStandardOutput = true })!;
            process.StandardError.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;   // there is no such command
        }
    }
}
