namespace Microsoft.ML.Hydra.Prior;

/// <summary>How pairs of items are counted and how far they carry: what of the prior is chosen on held-out events.</summary>
/// <param name="Reach">Which pairs count.</param>
/// <param name="Backward">What a pair counts against its order, as a share of what it counts in its order; 0 to 1.</param>
/// <param name="Decay">Weight of an item of the history relative to the one after it; above 0, at most 1.</param>
internal readonly record struct CooccurrenceShape(CooccurrenceReach Reach, double Backward, double Decay)
{
    /// <summary>Items of a history that are read.</summary>
    public const int Depth = 20;

    /// <summary>The weights of a history's last items, of the last first.</summary>
    public double[] Recency()
    {
        var recency = new double[Depth];
        for (int back = 0; back < Depth; back++)
        {
            recency[back] = Math.Pow(Decay, back);
        }

        return recency;
    }
}
