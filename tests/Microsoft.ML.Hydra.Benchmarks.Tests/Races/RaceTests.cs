using System.Text.Json.Nodes;
using Microsoft.ML.Hydra.Benchmarks.Races;
using Xunit;

namespace Microsoft.ML.Hydra.Benchmarks.Tests.Races;

/// <summary>Every race runs to its end, with as little data as possible.</summary>
public sealed class RaceTests
{
    private static readonly RaceSettings s_settings = new RaceSettings(Length: 2, Dimension: 16, Threads: 2, Rounds: 1).Rehearsal;

    public static TheoryData<string> Pairs => [.. RaceRegistry.All.OfType<PairedRace>().Select(race => race.Name)];

    [Theory]
    [MemberData(nameof(Pairs))]
    public void Both_sides_run(string name)
    {
        foreach (RaceSide side in Enum.GetValues<RaceSide>())
        {
            JsonObject memory = Race(name).Run(s_settings with { Side = side }, TextWriter.Null);

            Assert.InRange((double)memory["peakMB"]!, 0, 1000);
        }
    }

    [Fact]
    public void The_machine_is_measured()
    {
        JsonObject figures = Race("machine").Run(s_settings, TextWriter.Null);

        Assert.InRange((double)figures["trainStepShareOfPeak"]!, 0, 1);
        Assert.InRange((double)figures["readGBs"]!, 0.01, 10_000);
    }

    [Fact]
    public void Serving_is_measured()
    {
        JsonObject figures = Race("serve").Run(s_settings, TextWriter.Null);

        string[] names =
        [
            "appendTop10P50Us", "appendTop10P99Us", "predict200P50Ms", "peerPredict200P50Ms", "top10Of1MFloat32ShareOfBandwidth",
            "top10Of1MInt8ShareOfBandwidth", "transformRowsPerSecond", "loadMs",
        ];
        Assert.All(names, name => Assert.InRange((double)figures[name]!, double.Epsilon, double.MaxValue));
        Assert.InRange((double)figures["bytesPerCall"]!, 0, double.MaxValue);
        Assert.Equal(1, (double)figures["int8Recall10"]!);
    }

    [Fact]
    public void Encoding_is_measured()
    {
        JsonObject figures = Race("encode-texts").Run(s_settings, TextWriter.Null);

        string[] names = ["oursProcessorSeconds", "peerProcessorSeconds", "ratio"];
        Assert.All(names, name => Assert.InRange((double)figures[name]!, double.Epsilon, 1000));
    }

    [Fact]
    public void A_heat_gives_medians_of_both_sides()
    {
        using var ours = new Counter();
        using var peer = new Counter();
        HeatResult result = HeatResult.Of(new Heat("nothing", () => ours, () => peer), rounds: 5);

        Assert.Equal(ours.Runs, peer.Runs);
        Assert.InRange(ours.Runs, 6, 10);
        Assert.InRange(result.Ratio, double.Epsilon, double.MaxValue);
    }

    [Fact]
    public void Medians_and_means_are_as_defined()
    {
        Assert.Equal(3, Timing.Median([5, 1, 3]));
        Assert.Equal(2.5, Timing.Median([4, 1, 2, 3]));
        Assert.Equal(99, Timing.Percentile([.. Enumerable.Range(1, 100).Select(i => (double)i)], 0.99));
        Assert.Equal(2, Timing.Percentile([3, 1, 2], 0.5));
        Assert.Equal(2, Timing.GeometricMean([1, 2, 4]), 1e-12);
    }

    private static IRace Race(string name) => RaceRegistry.All.Single(race => race.Name == name);

    private sealed class Counter : IEntrant
    {
        public int Runs { get; private set; }

        public void Run()
        {
            Runs++;
            Thread.SpinWait(1000);   // a time of zero has no ratio
        }

        public void Dispose()
        {
        }
    }
}
