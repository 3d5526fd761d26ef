namespace Microsoft.ML.Hydra.Numerics;

/// <summary>What one held-out event adds to NDCG@10, the measure of all choices made in training.</summary>
internal static class RankGain
{
    /// <summary>Places that count.</summary>
    public const int Cutoff = 10;

    /// <summary>The gain of a place from 1 on; 0 beyond the tenth.</summary>
    public static double At(int rank) => rank <= Cutoff ? 1 / Math.Log2(rank + 1) : 0;
}
