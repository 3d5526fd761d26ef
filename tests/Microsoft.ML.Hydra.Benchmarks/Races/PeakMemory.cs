using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;

namespace Microsoft.ML.Hydra.Benchmarks.Races;

/// <summary>
/// What one side needs, measured in a process that runs nothing else: how far the resident set rises at its highest while the side
/// is made and run <see cref="Runs"/> times. Everything counts alike, native and managed, and what allocators keep. The same race
/// with the least of data is run before, so that libraries and compiled code, which are no matter of size, do not count.
/// </summary>
/// <param name="PeakMB">The rise over the state before inputs and weights were made, in MB of 2^20 bytes.</param>
/// <param name="BeyondInputsMB">The rise over the state in which inputs and weights were there.</param>
internal sealed record PeakMemory(double PeakMB, double BeyondInputsMB)
{
    private const int Runs = 3;

    /// <summary>Measures in this process; of several heats, the one that needs most.</summary>
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

    /// <summary>Measures in a process of its own.</summary>
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

    /// <summary>As <see cref="MeasureAlone"/> reads it.</summary>
    public JsonObject ToJson() => new() { ["peakMB"] = PeakMB, ["beyondInputsMB"] = BeyondInputsMB };
}
