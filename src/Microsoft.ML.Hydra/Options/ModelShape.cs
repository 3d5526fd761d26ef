using Microsoft.ML.Hydra.Items;
using Microsoft.ML.Hydra.Numerics;

namespace Microsoft.ML.Hydra.Options;

/// <summary>The sizes of a model as the trainer's options ask for them.</summary>
internal static class ModelShape
{
    /// <summary>Sizes for a catalogue.</summary>
    /// <param name="options">TrainerOptions with nothing left open.</param>
    /// <param name="numberOfItems">Size of the catalogue.</param>
    public static ModelSizes For(TrainerOptions options, int numberOfItems) => new()
    {
        NumberOfItems = numberOfItems,
        Width = options.EmbeddingDimension,
        Layers = options.NumberOfLayers,
        LatentHeads = options.NumberOfLatentHeads,
        LatentWidth = LatentWidth(options),
        Expand = options.ExpansionFactor,
        StateSize = options.StateDimension,
        InnerHeadWidth = options.InnerHeadDimension,
        ConvolutionTaps = options.ConvolutionKernelSize,
        FeedForwardWidth = FeedForwardWidth(options),
        ItemGate = options.UseItemGate,
        RotaryGate = options.UseRotaryGate,
        TimeFeatures = options.TimestampsColumnName is null ? 0 : EventClock.Features,
        Temperature = options.NormalizeScores ? options.Temperature : null,
    };

    // 8/3 of the width: three matrices then hold as much as the two of a plain feed-forward of 4 d (arXiv 2002.05202).
    private static int FeedForwardWidth(TrainerOptions options) =>
        options.FeedForwardDimension > 0 ? options.FeedForwardDimension : (options.EmbeddingDimension * 8 / 3 + 7) / 8 * 8;

    /// <summary>Width d_c of a latent head: as set, or d / v.</summary>
    public static int LatentWidth(TrainerOptions options) =>
        options.LatentHeadDimension > 0 ? options.LatentHeadDimension : options.EmbeddingDimension / options.NumberOfLatentHeads;
}
