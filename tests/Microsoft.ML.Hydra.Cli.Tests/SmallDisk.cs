using System.Diagnostics;
using Xunit;

namespace Microsoft.ML.Hydra.Cli.Tests;

/// <summary>A folder on a disk of two megabytes, where the system lets this process mount one.</summary>
internal sealed class SmallDisk : IDisposable
{
    private readonly string _folder;

    private SmallDisk(string folder) => _folder = folder;

    public static SmallDisk MountAt(string folder)
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "Only Linux has disks in memory.");
        Directory.CreateDirectory(folder);
        Skip.IfNot(Run("mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", folder), "This user may not mount a disk.");
        return new SmallDisk(folder);
    }

    public void Dispose() => Run("umount", "-l", _folder);

    private static bool Run(string command, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(command, arguments) { RedirectStandardError = true })!;
        process.WaitForExit();
        return process.ExitCode == 0;
    }
}
