namespace Microsoft.ML.Hydra.Benchmarks.Races;

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

    /// <summary>Runs both sides in turn: ours, peer, ours, peer, …, so that a busy machine slows both alike.</summary>
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
