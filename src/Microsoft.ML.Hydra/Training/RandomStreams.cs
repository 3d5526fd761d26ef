namespace Microsoft.ML.Hydra.Training;

/// <summary>
/// Independent seeds for every random choice, each a function of the run's seed and of where in the run it is used. Nothing is
/// carried from step to step, so a resumed run draws what an uninterrupted one would have drawn.
/// </summary>
internal sealed class RandomStreams(int seed)
{
    private enum Use : ulong
    {
        Weights = 1,
        ValidationSample,
        Epoch,
        Dropout,
        Negatives,
        Configuration,
        LaterTargets,
        StandIns,
    }

    /// <summary>Seed of the initial weights.</summary>
    public ulong Weights => Seed(Use.Weights, 0);

    /// <summary>Chooses the sequences to validate on.</summary>
    public Random ValidationSample() => Generator(Use.ValidationSample, 0);

    /// <summary>Chooses the items that stand in for new ones.</summary>
    public Random StandIns() => Generator(Use.StandIns, 0);

    /// <summary>Shuffles and cuts the windows of an epoch.</summary>
    public Random Epoch(int epoch) => Generator(Use.Epoch, epoch);

    /// <summary>Seed of a step's dropout.</summary>
    public ulong Dropout(long step) => Seed(Use.Dropout, step);

    /// <summary>Draws the negatives of a step.</summary>
    public Random Negatives(long step) => Generator(Use.Negatives, step);

    /// <summary>Draws the later targets of a step.</summary>
    public Random LaterTargets(long step) => Generator(Use.LaterTargets, step);

    /// <summary>Draws a configuration of a search.</summary>
    public Random Configuration(long draw) => Generator(Use.Configuration, draw);

    private Random Generator(Use use, long index) => new(unchecked((int)Seed(use, index)));

    private ulong Seed(Use use, long index) =>
        Mix(Mix(Mix(unchecked((ulong)seed)) + (ulong)use) + unchecked((ulong)index));

    // Finaliser of SplitMix64 (Steele, Lea, Flood 2014).
    private static ulong Mix(ulong x)
    {
        unchecked
        {
            x += 0x9E3779B97F4A7C15;
            x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
            x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
            return x ^ (x >> 31);
        }
    }
}
