using System.Diagnostics;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Integration;

/// <summary>Runs console applications, the tests' own and samples, in a process of their own.</summary>
internal static class SecondProcess
{
    /// <summary>Loads, trains and predicts.</summary>
    public const string WithTorch = "Microsoft.ML.Hydra.SecondProcess";

    /// <summary>Loads and predicts; has no native torch.</summary>
    public const string WithoutTorch = "Microsoft.ML.Hydra.ScoringProcess";

    /// <summary>The sample that keeps states in a database.</summary>
    public const string ServingSample = "ServingWithSqlite";

    /// <summary>The sample in which products arrive after the training.</summary>
    public const string NewArrivalsSample = "NewArrivals";

    /// <summary>Waited for a process at most; no test comes near it.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    /// <summary>Waits for it to end well.</summary>
    /// <param name="name">One of the applications above.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <returns>The lines that it printed.</returns>
    public static string[] Run(string name, params string[] arguments)
    {
        using Process process = Start(name, arguments);
        return OutputOf(process).Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
    }

    /// <summary>Waits for a process to end well.</summary>
    /// <param name="process">The process, with output and errors redirected.</param>
    /// <returns>What it printed.</returns>
    public static string OutputOf(Process process)
    {
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> error = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(Limit))
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"The second process did not end within {Limit}.");
        }

        Assert.True(process.ExitCode == 0, $"The second process ended with {process.ExitCode}: {error.Result}");
        return output.Result;
    }

    /// <summary>Starts it, with its input, output and errors at hand.</summary>
    public static Process Start(string name, params string[] arguments) =>
        Process.Start(new ProcessStartInfo(Host(), [Path.Combine(Folder(name), name + ".dll"), .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;

    /// <summary>Waits for it to end well, with no folder for temporary files that it could write to.</summary>
    /// <param name="name">One of the applications above.</param>
    /// <param name="temporaryFolder">What it takes for the folder of temporary files.</param>
    /// <param name="asNobody">Whether it runs as a user without rights; the test is skipped where that is not possible.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <returns>The lines that it printed.</returns>
    public static string[] RunTight(string name, string temporaryFolder, bool asNobody, params string[] arguments)
    {
        string program = Path.Combine(Folder(name), name + ".dll");
        string[] nobody = ["--reuid=65534", "--regid=65534", "--clear-groups", "--"];
        if (asNobody)
        {
            Skip.IfNot(Ends("setpriv", [.. nobody, Host(), "exec", program, "--can-it-run"], 2), "Only root can run a process as another user, and that user must be able to read the tests' output.");
        }

        string[] command = ["exec", program, .. arguments];
        var start = asNobody ? new ProcessStartInfo("setpriv", [.. nobody, Host(), .. command]) : new ProcessStartInfo(Host(), command);
        (start.RedirectStandardOutput, start.RedirectStandardError) = (true, true);
        (start.Environment["TMPDIR"], start.Environment["HOME"]) = (temporaryFolder, temporaryFolder);
        using Process process = Process.Start(start)!;
        return OutputOf(process).Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
    }

    private static bool Ends(string command, string[] arguments, int exitCode)
    {
        try
        {
            using Process process = Process.Start(new ProcessStartInfo(command, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            return process.WaitForExit(Limit) && process.ExitCode == exitCode;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }

    /// <summary>Its output lies beside that of the tests, or in the folder of the samples, under the same configuration.</summary>
    public static string Folder(string name)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder.Parent is not null; folder = folder.Parent)
        {
            string? found = new[] { name, Path.Combine("..", "samples", name) }
                .Select(place => Path.Combine(folder.Parent.FullName, place)).FirstOrDefault(Directory.Exists);
            if (found is not null)
            {
                return Path.Combine(found, Path.GetRelativePath(folder.FullName, AppContext.BaseDirectory));
            }
        }

        throw new DirectoryNotFoundException($"There is no folder {name} beside the tests' own or in samples; build the whole solution.");
    }

    /// <summary>The command that runs managed programs.</summary>
    public static string Host() =>
        Environment.ProcessPath is string path && Path.GetFileNameWithoutExtension(path) == "dotnet" ? path : "dotnet";
}
