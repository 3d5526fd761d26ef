using Microsoft.ML.Hydra.Items;

namespace Microsoft.ML.Hydra.Evaluation;

/// <summary>
/// Nearest neighbours of the last items, recent items counting more. The settings are one compromise for all data: chosen by the
/// mean NDCG@10 over nine public data sets, short histories and long, each relative to its own best, on the second last item of
/// sequences, with only the items before it counted.
/// </summary>
/// <param name="train">The sequences to count on.</param>
/// <param name="popularity">Popularity in the same sequences.</param>
internal sealed class ItemKnn(SequenceDataset train, Popularity popularity)
    : LinkScorer(
        Neighbors.Count(train, popularity, Window, Shrinkage, MaximumNeighbors),
        popularity,
        Enumerable.Range(0, Depth).Select(age => Math.Pow(Decay, age)))
{
    /// <summary>Most events between two items that occur together: those further apart have less in common, and time stays linear in the length.</summary>
    public const int Window = 15;

    /// <summary>Keeps pairs that met by chance, once or twice, behind those that met often.</summary>
    public const double Shrinkage = 50;

    /// <summary>Bounds memory to 8 bytes times this an item; more gained next to nothing.</summary>
    public const int MaximumNeighbors = 500;

    /// <summary>Weight of an item relative to the one after it.</summary>
    public const double Decay = 0.75;

    /// <summary>Items of a history that are read; those further back weigh 0.75²⁰, 0.3 %, or less.</summary>
    public const int Depth = 20;
}
