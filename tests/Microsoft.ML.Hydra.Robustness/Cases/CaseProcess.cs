using System.Diagnostics;
using System.Globalization;
using System.IO.MemoryMappedFiles;
using System.Text.Json;

namespace Microsoft.ML.Hydra.Robustness.Cases;

/// <summary>
/// Runs batches of cases in child processes, one after another, so that a case that ends or hangs its process is counted and the
/// next ones still run.
/// </summary>
internal static class CaseProcess
{
    /// <summary>First argument of a child.</summary>
    public const string Command = "child-cases";

    private const int HangExitCode = 86;
    private const long BatchSize = 50_000;
    private static readonly TimeSpan s_longestCase = TimeSpan.FromSeconds(30);

    /// <summary>Runs cases 0 to count − 1.</summary>
    public static Tally Run(string kind, long count, TextWriter log)
    {
        var total = new Tally();
        for (long next = 0; next < count;)
        {
            (Tally batch, long after) = RunBatch(kind, next, Math.Min(BatchSize, count - next));
            total.Add(batch);
            next = after;
            log.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{kind}: {next} of {count} cases, {total.NumberOfFailures} failures, {total.Seconds:F0} s"));
        }

        return total;
    }

    /// <summary>The child: tries cases and prints the counts as the last line.</summary>
    public static int RunChild(string kind, long first, long count, string progressPath)
    {
        using var progress = MemoryMappedFile.CreateFromFile(progressPath, FileMode.Open, null, sizeof(long));
        using MemoryMappedViewAccessor current = progress.CreateViewAccessor();
        var run = new CaseRun(CaseKinds.Create(kind));
        new Thread(() => Watch(run)) { IsBackground = true }.Start();
        Tally tally = run.Run(first, count, number => current.Write(0, number));
        Console.WriteLine(JsonSerializer.Serialize(tally));
        return 0;
    }

    private static void Watch(CaseRun run)
    {
        while (true)
        {
            Thread.Sleep(TimeSpan.FromSeconds(1));
            (long number, TimeSpan elapsed, string description) = run.Current;
            if (number >= 0 && elapsed > s_longestCase)
            {
                Console.Error.WriteLine($"{description}; it did not end within {s_longestCase.TotalSeconds} seconds.");
                Environment.Exit(HangExitCode);
            }
        }
    }

    // A process that ended early has lost its counts: the cases before the last one are run again, without it.
    private static (Tally Tally, long Next) RunBatch(string kind, long first, long count)
    {
        string progressPath = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(progressPath, new byte[sizeof(long)]);
            using Process child = OwnProcess.Start(
                Command, kind, first.ToString(CultureInfo.InvariantCulture), count.ToString(CultureInfo.InvariantCulture), progressPath);
            Task<string> errors = child.StandardError.ReadToEndAsync();
            string[] lines = child.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
            child.WaitForExit();
            if (child.ExitCode == 0)
            {
                return (JsonSerializer.Deserialize<Tally>(lines[^1])!, first + count);
            }

            long number = BitConverter.ToInt64(File.ReadAllBytes(progressPath));
            var tally = new Tally();
            if (number > first)
            {
                tally.Add(RunBatch(kind, first, number - first).Tally);
            }

            bool isHang = child.ExitCode == HangExitCode;
            string end = errors.Result.Trim();
            tally.Add(
                number,
                new Outcome(isHang ? Verdict.Hang : Verdict.Crash, $"the process ended with {child.ExitCode}: {end[..Math.Min(2000, end.Length)]}"),
                isHang ? "the case did not end" : $"the process ended with {child.ExitCode}");
            return (tally, number + 1);
        }
        finally
        {
            File.Delete(progressPath);
        }
    }
}

/// <summary>This program in another process.</summary>
internal static class OwnProcess
{
    /// <summary>Starts it.</summary>
    public static Process Start(params string[] arguments) => Start([], arguments);

    /// <summary>Starts it with other environment variables.</summary>
    public static Process Start(IEnumerable<KeyValuePair<string, string>> environment, string[] arguments)
    {
        string host = Environment.ProcessPath is string path && Path.GetFileNameWithoutExtension(path) == "dotnet" ? path : "dotnet";
        var start = new ProcessStartInfo(host, [typeof(OwnProcess).Assembly.Location, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach ((string name, string value) in environment)
        {
            start.Environment[name] = value;
        }

        return Process.Start(start)!;
    }
}
