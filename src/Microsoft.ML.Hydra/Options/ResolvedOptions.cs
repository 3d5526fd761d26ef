using Microsoft.ML.Hydra.Items;
using Microsoft.ML.Hydra.Numerics;

namespace Microsoft.ML.Hydra.Options;

/// <summary>The trainer's options with nothing left open: what a training is made with, and what is saved with its model.</summary>
internal sealed class ResolvedOptions
{
    /// <param name="options">Options in their ranges, none open.</param>
    /// <exception cref="ArgumentException">An option is open.</exception>
    public ResolvedOptions(TrainerOptions options)
    {
        All = options;
        MaximumTokensPerBatch = options.MaximumTokensPerBatch > 0 ? options.MaximumTokensPerBatch : throw Open(nameof(options.MaximumTokensPerBatch));
        LearningRate = options.LearningRate ?? throw Open(nameof(options.LearningRate));
        DropoutRate = options.DropoutRate ?? throw Open(nameof(options.DropoutRate));
        LaterTargetRate = options.LaterTargetRate ?? throw Open(nameof(options.LaterTargetRate));
        Seed = options.Seed ?? throw Open(nameof(options.Seed));
        if (options.EmbeddingDimension == 0)
        {
            throw Open(nameof(options.EmbeddingDimension));
        }

        static ArgumentException Open(string name) => new($"{name} is open.", name);
    }

    /// <summary>All options, as they are saved with the model.</summary>
    public TrainerOptions All { get; }

    /// <summary>What was chosen from the data, for the log; empty when everything was set.</summary>
    public string Chosen { get; init; } = string.Empty;

    /// <inheritdoc cref="TrainerOptions.MaximumTokensPerBatch"/>
    public int MaximumTokensPerBatch { get; }

    /// <inheritdoc cref="TrainerOptions.LearningRate"/>
    public double LearningRate { get; }

    /// <inheritdoc cref="TrainerOptions.DropoutRate"/>
    public double DropoutRate { get; }

    /// <inheritdoc cref="TrainerOptions.LaterTargetRate"/>
    public double LaterTargetRate { get; }

    /// <inheritdoc cref="TrainerOptions.Seed"/>
    public int Seed { get; }

    /// <summary>Most threads of a training step.</summary>
    public int NumberOfThreads => All.NumberOfThreads ?? Environment.ProcessorCount;

    /// <summary>Sizes of the model for a catalogue.</summary>
    public ModelSizes SizesFor(int numberOfItems) => SizesFor(All, numberOfItems);

    /// <summary>Sizes of the model that saved options ask for. Models of earlier versions lack options on which no size depends.</summary>
    /// <param name="options">Options with an <see cref="TrainerOptions.EmbeddingDimension"/>; the rest may be open.</param>
    /// <param name="numberOfItems">Size of the catalogue.</param>
    public static ModelSizes SizesFor(TrainerOptions options, int numberOfItems) => new()
    {
        NumberOfItems = numberOfItems,
        Width = options.EmbeddingDimension,
        Layers = options.NumberOfLayers,
        LatentHeads = options.NumberOfLatentHeads,
        LatentWidth = LatentWidthOf(options),
        Expand = options.ExpansionFactor,
        StateSize = options.StateDimension,
        InnerHeadWidth = options.InnerHeadDimension,
        ConvolutionTaps = options.ConvolutionKernelSize,
        FeedForwardWidth = FeedForwardWidthOf(options),
        ItemGate = options.UseItemGate,
        RotaryGate = options.UseRotaryGate,
        TimeFeatures = options.TimestampsColumnName is null ? 0 : EventClock.Features,
        Temperature = options.NormalizeScores ? options.Temperature : null,
    };

    /// <summary>Width d_c of a latent head: as set, or d / v.</summary>
    public static int LatentWidthOf(TrainerOptions options) =>
        options.LatentHeadDimension > 0 ? options.LatentHeadDimension : options.EmbeddingDimension / options.NumberOfLatentHeads;

    // 8/3 of the width: three matrices then hold as much as the two of a plain feed-forward of 4 d (arXiv 2002.05202).
    private static int FeedForwardWidthOf(TrainerOptions options) =>
        options.FeedForwardDimension > 0 ? options.FeedForwardDimension : (options.EmbeddingDimension * 8 / 3 + 7) / 8 * 8;
}
