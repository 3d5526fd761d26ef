namespace Microsoft.ML.Hydra.Benchmarks.Races;

/// <summary>Two ways to do the same work.</summary>
/// <param name="Name">What the work is.</param>
/// <param name="Ours">Makes our side.</param>
/// <param name="Peer">Makes the other side.</param>
/// <param name="Operations">Floating-point operations of one run on either side; 0 where the sides compute different things.</param>
internal sealed record Heat(string Name, Func<IEntrant> Ours, Func<IEntrant> Peer, double Operations = 0)
{
    /// <summary>Makes one side.</summary>
    public IEntrant Enter(RaceSide side) => side == RaceSide.Ours ? Ours() : Peer();
}
