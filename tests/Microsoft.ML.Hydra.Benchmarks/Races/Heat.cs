using System.Diagnostics;

namespace Microsoft.ML.Hydra.Benchmarks.Races;

/// <summary>Two ways to do the same work.</summary>
/// <param name="Name">What the work is.</param>
/// <param name="Ours">Makes our side.</param>
/// <param name="Peer">Makes the other side.</param>
/// <param name="Operations">Floating-point operations of one run on either side; 0 where the two sides compute different things.</param>
internal sealed record Heat(string Name, Func<IEntrant> Ours, Func<IEntrant> Peer, double Operations = 0)
{
    /// <summary>Makes one side.</summary>
    public IEntrant Enter(RaceSide side) => side == RaceSide.Ours ? Ours() : Peer();
}

/// <summary>One side of a race, with its inputs ready.</summary>
internal interface IEntrant : IDisposable
{
    /// <summary>Trained weights; 0 where there are none.</summary>
    long Parameters => 0;

    /// <summary>Does the work once.</summary>
    void Run();
}

/// <summary>The figures of one heat: medians over its rounds.</summary>
/// <param name="Heat">What was run.</param>
/// <param name="OursMs">Milliseconds of one run of ours.</param>
/// <param name="PeerMs">Milliseconds of one run of the peer.</param>
/// <param name="Ratio">Ours ÷ peer, the median of the ratios of the rounds.</param>
/// <param name="OursParameters">Trained weights of ours.</param>
/// <param name="PeerParameters">Trained weights of the peer.</param>
internal sealed record HeatResult(Heat Heat, double OursMs, double PeerMs, double Ratio, long OursParameters, long PeerParameters)
{
    private const int WarmUpRounds = 2;

    /// <summary>Runs both sides in turn: ours, peer, ours, peer, …, so that a busy machine slows both equally.</summary>
    public static HeatResult Of(Heat heat, int rounds)
    {
        using IEntrant ours = heat.Ours();
        using IEntrant peer = heat.Peer();
        for (int i = 0; i < WarmUpRounds; i++)
        {
            ours.Run();
            peer.Run();
        }

        var oursMs = new double[rounds];
        var peerMs = new double[rounds];
        for (int i = 0; i < rounds; i++)
        {
            oursMs[i] = Timing.Milliseconds(ours.Run);
            peerMs[i] = Timing.Milliseconds(peer.Run);
        }

        return new HeatResult(
            heat,
            Timing.Median(oursMs),
            Timing.Median(peerMs),
            Timing.Median([.. oursMs.Zip(peerMs, (a, b) => a / b)]),
            ours.Parameters,
            peer.Parameters);
    }
}

/// <summary>Wall-clock times and their medians.</summary>
internal static class Timing
{
    /// <summary>Milliseconds of one run.</summary>
    public static double Milliseconds(Action run)
    {
        long start = Stopwatch.GetTimestamp();
        run();
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }

    /// <summary>The middle value; of an even number, the mean of the two in the middle.</summary>
    public static double Median(double[] values)
    {
        double[] sorted = [.. values.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    /// <summary>The smallest value that is not exceeded by a share of all values; the share is above 0 and at most 1.</summary>
    public static double Percentile(double[] values, double share) => values.Order().ElementAt((int)Math.Ceiling(share * values.Length) - 1);

    /// <summary>The geometric mean of positive values.</summary>
    public static double GeometricMean(IEnumerable<double> values) => Math.Exp(values.Average(Math.Log));
}
