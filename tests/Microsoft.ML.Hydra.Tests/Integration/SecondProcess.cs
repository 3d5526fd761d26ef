using System.Diagnostics;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Integration;

/// <summary>Runs the tests' console applications in a process of their own.</summary>
internal static class SecondProcess
{
    /// <summary>Loads, trains and predicts.</summary>
    public const string WithTorch = "Microsoft.ML.Hydra.SecondProcess";

    /// <summary>Loads and predicts; has no native torch.</summary>
    public const string WithoutTorch = "Microsoft.ML.Hydra.ScoringProcess";

    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(2);

    /// <summary>Waits for it to end well.</summary>
    /// <param name="name">One of the applications above.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <returns>The lines that it printed.</returns>
    public static string[] Run(string name, params string[] arguments)
    {
        var start = new ProcessStartInfo(Host(), [Path.Combine(Folder(name), name + ".dll"), .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
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

    /// <summary>Its output lies beside that of the tests, under the same configuration.</summary>
    public static string Folder(string name)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder.Parent is not null; folder = folder.Parent)
        {
            string sibling = Path.Combine(folder.Parent.FullName, name);
            if (Directory.Exists(sibling))
            {
                return Path.Combine(sibling, Path.GetRelativePath(folder.FullName, AppContext.BaseDirectory));
            }
        }

        throw new DirectoryNotFoundException($"There is no folder {name} beside the tests' own; build the whole solution.");
    }

    private static string Host() =>
        Environment.ProcessPath is string path && Path.GetFileNameWithoutExtension(path) == "dotnet" ? path : "dotnet";
}
