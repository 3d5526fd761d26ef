using System.Globalization;
using System.Text.Json.Nodes;

namespace Microsoft.ML.Hydra.Benchmarks.Races;

/// <summary>A race between our side and a peer. With several heats, times are sums and the ratio is the geometric mean.</summary>
internal abstract class PairedRace : IRace
{
    public abstract string Name { get; }

    public abstract string Description { get; }

    public JsonObject Run(RaceSettings settings, TextWriter output)
    {
        Heat[] heats = [.. Heats(settings)];
        if (settings.Side is RaceSide side)
        {
            return PeakMemory.Measure(Heats(settings.Rehearsal), heats, side).ToJson();
        }

        output.WriteLine(Description);
        HeatResult[] results = [.. heats.Select(heat => Race(heat, settings.Rounds, output))];
        PeakMemory ours = PeakMemory.MeasureAlone(Name, settings, RaceSide.Ours), peer = PeakMemory.MeasureAlone(Name, settings, RaceSide.Peer);
        output.WriteLine(Text($"peak memory: ours {ours.PeakMB:F1} MB ({ours.BeyondInputsMB:F1} beyond inputs), peer {peer.PeakMB:F1} MB ({peer.BeyondInputsMB:F1} beyond inputs)"));
        return new JsonObject
        {
            ["name"] = Name,
            ["oursMs"] = Round(results.Sum(r => r.OursMs)),
            ["peerMs"] = Round(results.Sum(r => r.PeerMs)),
            ["ratio"] = Round(Timing.GeometricMean(results.Select(r => r.Ratio))),
            ["oursPeakMB"] = Round(ours.PeakMB),
            ["peerPeakMB"] = Round(peer.PeakMB),
            ["oursBeyondInputsMB"] = Round(ours.BeyondInputsMB),
            ["peerBeyondInputsMB"] = Round(peer.BeyondInputsMB),
            ["oursParameters"] = results.Sum(r => r.OursParameters),
            ["peerParameters"] = results.Sum(r => r.PeerParameters),
            ["length"] = settings.Length,
            ["dimension"] = settings.Dimension,
            ["threads"] = settings.Threads,
            ["rounds"] = settings.Rounds,
        };
    }

    /// <summary>The heats of the race.</summary>
    protected abstract IEnumerable<Heat> Heats(RaceSettings settings);

    private static HeatResult Race(Heat heat, int rounds, TextWriter output)
    {
        HeatResult result = HeatResult.Of(heat, rounds);
        string speed = heat.Operations > 0
            ? Text($"   {heat.Operations / result.OursMs / 1e6,6:F1} / {heat.Operations / result.PeerMs / 1e6,6:F1} GFLOP/s") : "";
        string parameters = result.OursParameters > 0 ? Text($"   {result.OursParameters} / {result.PeerParameters} parameters") : "";
        output.WriteLine(Text($"{heat.Name,-28} ours {result.OursMs,10:F3} ms   peer {result.PeerMs,10:F3} ms   ratio {result.Ratio:F4}{speed}{parameters}"));
        return result;
    }

    private static double Round(double value) => double.Parse(value.ToString("G5", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
