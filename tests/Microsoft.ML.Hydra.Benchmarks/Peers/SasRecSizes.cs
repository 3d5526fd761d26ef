using Microsoft.ML.Hydra.Benchmarks.Ours;
using Microsoft.ML.Hydra.Numerics;

namespace Microsoft.ML.Hydra.Benchmarks.Peers;

/// <summary>Sizes of a SASRec.</summary>
/// <param name="Items">Items of the catalogue; the embedding has one row more, the padding row 0.</param>
/// <param name="Length">Most positions.</param>
/// <param name="Width">d.</param>
/// <param name="Layers">Blocks.</param>
/// <param name="FeedForwardWidth">Inner width of the feed-forward.</param>
internal sealed record SasRecSizes(int Items, int Length, int Width, int Layers, int FeedForwardWidth)
{
    /// <summary>Attention heads. Default: two, and no wider than 64.</summary>
    public int Heads { get; init; } = Math.Max(2, Width / 64);

    /// <summary>
    /// Whether what enters the first block is normed, as later implementations do: else small vectors are drowned by what the blocks
    /// add. The paper has no such norm, and the races leave it out.
    /// </summary>
    public bool NormsEmbedding { get; init; }

    /// <summary>The sizes at which a SASRec has as many weights as a Hydra model.</summary>
    /// <param name="hydra">The Hydra model.</param>
    /// <param name="length">Positions that SASRec needs a vector for.</param>
    /// <param name="parts">What its blocks are made of.</param>
    /// <remarks>
    /// The feed-forward takes up the difference, to 8 columns. It keeps at least d: beyond some 1,000 positions SASRec has the more weights.
    /// </remarks>
    public static SasRecSizes Matching(ModelSizes hydra, int length, ISasRecParts parts)
    {
        var least = new SasRecSizes(hydra.NumberOfItems, length, hydra.Width, hydra.Layers, 0);
        long column = parts.FeedForwardParameters(hydra.Width, 1) * hydra.Layers;
        double columns = (double)(hydra.NumberOfParameters - least.Parameters(parts)) / column;
        return least with { FeedForwardWidth = Math.Max(hydra.Width, (int)Math.Round(columns / 8) * 8) };
    }

    /// <summary>The sizes at which one block has as many weights as a Hydra layer.</summary>
    public static SasRecSizes MatchingBlock(ModelSizes hydra, ISasRecParts parts)
    {
        var least = new SasRecSizes(hydra.NumberOfItems, 0, hydra.Width, 1, 0);
        double columns = (double)(HydraBlock.LayerParameters(hydra) - least.BlockParameters(parts)) / parts.FeedForwardParameters(hydra.Width, 1);
        return least with { FeedForwardWidth = (int)Math.Round(columns / 8) * 8 };
    }

    /// <summary>Trained weights: item and position vectors, blocks, last norm.</summary>
    public long Parameters(ISasRecParts parts) =>
        ((Items + 1L + Length) * Width) + (Layers * BlockParameters(parts)) + ((NormsEmbedding ? 2 : 1) * parts.NormParameters(Width));

    /// <summary>Trained weights of a block.</summary>
    public long BlockParameters(ISasRecParts parts) =>
        (4L * Width * Width) + (2 * parts.NormParameters(Width)) + parts.FeedForwardParameters(Width, FeedForwardWidth);
}
