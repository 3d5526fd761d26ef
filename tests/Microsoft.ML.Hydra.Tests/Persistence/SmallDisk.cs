using System.Diagnostics;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Persistence;

/// <summary>A file system in memory of one MiB, mounted while a test runs; the test is skipped where that is not possible.</summary>
internal sealed class SmallDisk : IDisposable
{
    public const int Size = 1 << 20;

    private readonly TemporaryDirectory _parent = new();

    public SmallDisk()
    {
        FullName = Directory.CreateDirectory(_parent["disk"]).FullName;
        bool mounted = OperatingSystem.IsLinux() && Run("mount", "-t", "tmpfs", "-o", $"size={Size}", "hydra-test", FullName);
        if (!mounted)
        {
            _parent.Dispose();
        }

        Skip.IfNot(mounted, "A file system of a given size cannot be mounted here: it needs Linux and the rights of root.");
    }

    public string FullName { get; }

    public string this[string name] => Path.Combine(FullName, name);

    public string[] FileNames => [.. Directory.GetFiles(FullName).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];

    public void MakeReadOnly() => Assert.True(Run("mount", "-o", "remount,ro", FullName));

    public void Dispose()
    {
        Run("umount", FullName);
        _parent.Dispose();
    }

    private static bool Run(string command, params string[] arguments)
    {
        try
        {
            using Process process = Process.Start(new ProcessStartInfo(command, arguments) { RedirectStandardError = true, RedirectStandardOutput = true })!;
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}
