using System.Diagnostics;
using Xunit;

namespace Microsoft.ML.Hydra.Cli.Tests;

/// <summary>The command line as a process of its own, for signals and for what the start of a process fixes.</summary>
internal sealed class CliProcess : IDisposable
{
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(2);    // no test comes near it

    private readonly Process _process;
    private readonly Task<string> _error;
    private readonly List<string> _lines = [];

    private CliProcess(Process process)
    {
        _process = process;
        _error = process.StandardError.ReadToEndAsync();
    }

    public static CliProcess Start(string[] args, IReadOnlyDictionary<string, string>? environment = null, string? folder = null)
    {
        string host = Environment.ProcessPath is string path && Path.GetFileNameWithoutExtension(path) == "dotnet" ? path : "dotnet";
        var start = new ProcessStartInfo(host, [Path.Combine(AppContext.BaseDirectory, "Microsoft.ML.Hydra.Cli.dll"), .. args])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder ?? string.Empty,
        };
        foreach ((string name, string value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        return new CliProcess(Process.Start(start)!);
    }

    /// <summary>Waits until the process has printed a line that starts so.</summary>
    public async Task WaitForAsync(string start)
    {
        while (await _process.StandardOutput.ReadLineAsync().WaitAsync(s_limit) is string line)
        {
            _lines.Add(line);
            if (line.StartsWith(start, StringComparison.Ordinal))
            {
                return;
            }
        }

        Assert.Fail($"The process ended without a line '{start}': {string.Join('\n', _lines)}\n{await _error}");
    }

    /// <summary>Sends signals of Unix, one right after the other.</summary>
    public void Signal(params string[] names)
    {
        using Process kill = Process.Start("sh", ["-c", string.Join("; ", names.Select(name => FormattableString.Invariant($"kill -{name} {_process.Id}")))]);
        kill.WaitForExit();
    }

    /// <summary>Waits for the end.</summary>
    public async Task<CliRun> EndAsync()
    {
        string rest = await _process.StandardOutput.ReadToEndAsync().WaitAsync(s_limit);
        await _process.WaitForExitAsync().WaitAsync(s_limit);
        return new CliRun(_process.ExitCode, string.Join('\n', _lines.Append(rest)), await _error);
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }

        _process.Dispose();
    }
}
