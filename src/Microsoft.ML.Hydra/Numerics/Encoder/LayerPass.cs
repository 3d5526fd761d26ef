namespace Microsoft.ML.Hydra.Numerics;

/// <summary>One layer at work on one batch: what its phases read and write.</summary>
internal sealed unsafe class LayerPass
{
    public required ModelSizes Sizes { get; init; }

    public required LayerWeights Weights { get; init; }

    public required PackedLayer Packed { get; init; }

    public required TokenLayout Tokens { get; init; }

    public required LayerActivations Kept { get; init; }

    /// <summary>Memory shared by all layers of the batch.</summary>
    public required EncoderActivations Shared { get; init; }

    /// <summary>The layer's output, <c>[T, d]</c>.</summary>
    public required float* Output { get; init; }

    public required DropoutMask Dropout { get; init; }

    /// <summary>Features of the events' times, <c>[T, K]</c>; null where none is read or known.</summary>
    public required float* Times { get; init; }

    /// <summary>
    /// States of the sequences, one after another, to start from and to leave the last ones in; null to start from nothing.
    /// </summary>
    public float* States { get; init; }

    /// <summary>Whether of X's way only the last row of each sequence is wanted behind the scan, and no Z.</summary>
    public bool LastOnly { get; init; }

    /// <summary>Which of the model's layers.</summary>
    public required int Index { get; init; }

    /// <summary>Sums of the gradients of the layer's weights, one set for each slot; empty without a backward pass.</summary>
    public required LayerWeights[] Gradients { get; init; }

    /// <summary>Dropout site after the mixer; site 0 is the embedding.</summary>
    public int MixerSite => (2 * Index) + 1;

    /// <summary>Dropout site after the feed-forward.</summary>
    public int FeedForwardSite => (2 * Index) + 2;

    /// <summary>Rows of a tile, from its first.</summary>
    public int RowsOfTile(int tile) => Math.Min(TokenLayout.RowsPerTile, Tokens.Tokens - (tile * TokenLayout.RowsPerTile));

    /// <summary>The state of one head of this layer for a sequence; without memory where there are none.</summary>
    public HeadState StateOf(int sequence, int head) =>
        States == null ? default : new StateShape(Sizes).Head(States, sequence, Index, head);

    /// <summary>The state that is kept of one head before the block of time that starts with a row.</summary>
    public HeadState BlockStateOf(nint row, int head) =>
        new StateShape(Sizes, layers: 1).Head(Kept.BlockStates, new TimeBlocks(Sizes).Place(row), 0, head);

    /// <summary>Rotations of the gate from a row on; null for none.</summary>
    public float* RotationsOf(nint row) => Shared.Rotations == null ? null : Shared.Rotations + (row * Sizes.LatentWidth);
}
