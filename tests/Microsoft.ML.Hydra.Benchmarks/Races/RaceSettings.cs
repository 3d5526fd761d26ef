namespace Microsoft.ML.Hydra.Benchmarks.Races;

/// <summary>What the command line says about a race.</summary>
/// <param name="Length">L: events of a sequence.</param>
/// <param name="Dimension">d: width of the model.</param>
/// <param name="Threads">Threads of either side.</param>
/// <param name="Rounds">Measured rounds.</param>
/// <param name="Side">The side whose memory to measure in this process; null to race.</param>
internal sealed record RaceSettings(int Length, int Dimension, int Threads, int Rounds, RaceSide? Side = null)
{
    private const int LengthOfRehearsal = 16;

    /// <summary>Whether only one short sequence is wanted, to have all code compiled and loaded.</summary>
    public bool IsRehearsal { get; private init; }

    /// <summary>The same race with the least of data.</summary>
    public RaceSettings Rehearsal => this with { Length = LengthOfRehearsal, IsRehearsal = true };
}
