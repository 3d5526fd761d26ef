using System.Diagnostics;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Integration;

/// <summary>Runs the tests' console application in a process of its own.</summary>
internal static class SecondProcess
{
    private const string Name = "Microsoft.ML.Hydra.SecondProcess";
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(2);

    /// <summary>Waits for it to end well.</summary>
    /// <returns>The lines that it printed.</returns>
    public static string[] Run(params string[] arguments)
    {
        var start = new ProcessStartInfo(Host(), [Locate(), .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> error = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(s_limit))
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"The second process did not end within {s_limit}.");
        }

        Assert.True(process.ExitCode == 0, $"The second process ended with {process.ExitCode}: {error.Result}");
        return output.Result.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
    }

    private static string Host() =>
        Environment.ProcessPath is string path && Path.GetFileNameWithoutExtension(path) == "dotnet" ? path : "dotnet";

    /// <summary>Its output lies beside that of the tests, under the same configuration.</summary>
    private static string Locate()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder.Parent is not null; folder = folder.Parent)
        {
            string sibling = Path.Combine(folder.Parent.FullName, Name);
            if (Directory.Exists(sibling))
            {
                return Path.Combine(sibling, Path.GetRelativePath(folder.FullName, AppContext.BaseDirectory), Name + ".dll");
            }
        }

        throw new DirectoryNotFoundException($"There is no folder {Name} beside the tests' own; build the whole solution.");
    }
}
