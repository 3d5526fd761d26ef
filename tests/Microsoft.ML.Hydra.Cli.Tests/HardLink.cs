using System.Diagnostics;
using Xunit;

namespace Microsoft.ML.Hydra.Cli.Tests;

/// <summary>A second name of a file.</summary>
internal static class HardLink
{
    public static void Create(string file, string name)
    {
        Skip.If(OperatingSystem.IsWindows(), "Hard links are recognised on Linux and macOS.");
        using Process process = Process.Start("ln", [file, name]);
        process.WaitForExit();
        Skip.If(process.ExitCode != 0, "The file system has no hard links.");
    }
}
