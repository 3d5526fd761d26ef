using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;

namespace Microsoft.ML.Hydra.Benchmarks.Races;

/// <summary>
/// The memory of one side, measured in a process that runs nothing else: the largest rise of the resident set while the side is made and
/// run <see cref="Runs"/> times. Native and managed memory count, and memory that allocators keep. The same race with as little data as
/// possible is run before, so that libraries and compiled code do not count.
/// </summary>
/// <param name="PeakMB">The rise over the state before inputs and weights were made, in MB of 2^20 bytes.</param>
/// <param name="BeyondInputsMB">The rise over the state after inputs and weights were made.</param>
internal sealed record PeakMemory(double PeakMB, double BeyondInputsMB)
{
    private const int Runs = 3;

    /// <summary>Measures in this process; of several heats, the largest.</summary>
    public static PeakMemory Measure(IEnumerable<Heat> rehearsal, IEnumerable<Heat> heats, RaceSide side)
    {
        foreach (Heat heat in rehearsal)
        {
            using IEntrant entrant = heat.Enter(side);
            entrant.Run();
        }

        var most = new PeakMemory(0, 0);
        foreach (Heat heat in heats)
        {
            ResidentMemory.ResetPeak();
            double before = ResidentMemory.NowMB();
            using IEntrant entrant = heat.Enter(side);
            double ready = ResidentMemory.NowMB();
            for (int i = 0; i < Runs; i++)
            {
                entrant.Run();
            }

            double peak = ResidentMemory.PeakMB();
            most = new PeakMemory(Math.Max(most.PeakMB, peak - before), Math.Max(most.BeyondInputsMB, peak - ready));
        }

        return most;
    }

    /// <summary>Measures in a new process.</summary>
    public static PeakMemory MeasureAlone(string race, RaceSettings settings, RaceSide side)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true };
        if (Path.GetFileNameWithoutExtension(start.FileName) == "dotnet")
        {
            start.ArgumentList.Add(typeof(PeakMemory).Assembly.Location);
        }

        foreach (string argument in RaceCommand.LineOf(race, settings with { Side = side }))
        {
            start.ArgumentList.Add(argument);
        }

        using Process process = Process.Start(start)!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException(string.Create(
                CultureInfo.InvariantCulture, $"The process that measures the memory of '{race}' ended with exit code {process.ExitCode}; run it with --side {side} to see why."));
        }

        JsonNode figures = JsonNode.Parse(output.TrimEnd().Split('\n')[^1])!;
        return new PeakMemory((double)figures["peakMB"]!, (double)figures["beyondInputsMB"]!);
    }

    /// <summary>The JSON that <see cref="MeasureAlone"/> reads.</summary>
    public JsonObject ToJson() => new() { ["peakMB"] = PeakMB, ["beyondInputsMB"] = BeyondInputsMB };
}

/// <summary>Physical memory of this process, in MB of 2^20 bytes: VmRSS and VmHWM on Linux, the working set elsewhere.</summary>
internal static class ResidentMemory
{
    private const double Megabyte = 1 << 20;

    /// <summary>Memory in use now.</summary>
    public static double NowMB()
    {
        if (OperatingSystem.IsLinux())
        {
            return StatusMB("VmRSS:");
        }

        using Process process = Process.GetCurrentProcess();
        return process.WorkingSet64 / Megabyte;
    }

    /// <summary>The largest memory in use so far, or since <see cref="ResetPeak"/>.</summary>
    public static double PeakMB()
    {
        if (OperatingSystem.IsLinux())
        {
            return StatusMB("VmHWM:");
        }

        using Process process = Process.GetCurrentProcess();
        return process.PeakWorkingSet64 / Megabyte;
    }

    /// <summary>Resets the peak, where the system supports it (Linux).</summary>
    public static void ResetPeak()
    {
        if (OperatingSystem.IsLinux())
        {
            File.WriteAllText("/proc/self/clear_refs", "5");
        }
    }

    private static double StatusMB(string field)
    {
        string line = File.ReadLines("/proc/self/status").First(l => l.StartsWith(field, StringComparison.Ordinal));
        return long.Parse(line.AsSpan(field.Length).TrimEnd("kB "), NumberStyles.AllowLeadingWhite, CultureInfo.InvariantCulture) / 1024.0;
    }
}
