namespace Microsoft.ML.Hydra.Numerics;

/// <summary>Memory of one pass over a batch: grows to the largest batch and is kept.</summary>
internal sealed unsafe class EncoderActivations : IDisposable
{
    private readonly Arena _memory = new();

    /// <summary>What each layer keeps for the backward pass. Without a backward pass all layers write to the same memory.</summary>
    public LayerActivations[] Layers { get; private set; } = [];

    /// <summary>The last layer's output, <c>[T, d]</c>.</summary>
    public float* Output { get; private set; }

    /// <summary>Rotations of the gate by position: cosines, then sines, <c>[T, d_c / 2]</c> each; null without the rotary gate.</summary>
    public float* Rotations { get; private set; }

    /// <summary>Gradients of X, <c>[T, v d_c]</c>; null where no backward pass follows.</summary>
    public float* XGradient { get; private set; }

    /// <summary>Gradients of Z, <c>[T, v d_c]</c>.</summary>
    public float* ZGradient { get; private set; }

    /// <summary>Gradients of the heads' outputs, <c>[T, v d_c]</c>.</summary>
    public float* HeadsGradient { get; private set; }

    /// <summary>Gradients of the residual stream, <c>[T, d]</c>.</summary>
    public float* StreamGradient { get; private set; }

    /// <summary>Bytes held.</summary>
    public long Capacity => _memory.Capacity;

    /// <summary>Divides the memory for a batch of T tokens.</summary>
    public void Prepare(ModelSizes sizes, int tokens, bool trains)
    {
        _memory.Reset();
        long t = tokens;
        (long d, long latent) = (sizes.Width, sizes.LatentHeadsWidth);
        Rotations = sizes is { ItemGate: true, RotaryGate: true } ? _memory.Floats(t * sizes.LatentWidth) : null;
        Layers = new LayerActivations[sizes.Layers];
        for (int i = 0; i < Layers.Length; i++)
        {
            // When a layer writes its output, the input of the layer before it is no longer read: its memory is used again.
            Layers[i] = trains || i == 0 ? Layer(sizes, t, trains) : Layers[0] with { Input = i == 1 ? _memory.Floats(t * d) : Layers[i - 2].Input };
        }

        Output = trains || sizes.Layers == 1 ? _memory.Floats(t * d) : Layers[^2].Input;
        if (trains)
        {
            XGradient = _memory.Floats(t * latent);
            ZGradient = sizes.ItemGate ? _memory.Floats(t * latent) : null;
            HeadsGradient = _memory.Floats(t * latent);
            StreamGradient = _memory.Floats(t * d);
        }
    }

    public void Dispose() => _memory.Dispose();

    private LayerActivations Layer(ModelSizes sizes, long t, bool trains) => new()
    {
        Input = _memory.Floats(t * sizes.Width),
        X = _memory.Floats(t * sizes.LatentHeadsWidth),
        Z = sizes.ItemGate ? _memory.Floats(t * sizes.LatentHeadsWidth) : null,
        Scan = _memory.Floats(t * sizes.LatentHeads * sizes.InnerWidth),
        BlockStates = trains ? _memory.Floats((long)new TimeBlocks(sizes).Places((int)t) * new StateShape(sizes, layers: 1).Length) : null,
        Heads = _memory.Floats(t * sizes.LatentHeadsWidth),
        Middle = _memory.Floats(t * sizes.Width),
        GateUp = trains ? _memory.Floats(t * 2 * sizes.FeedForwardWidth) : null,
    };
}

/// <summary>What a layer keeps for its backward pass, T rows each. The backward pass computes everything else again.</summary>
internal readonly unsafe struct LayerActivations
{
    /// <summary>H: the layer's input, <c>[T, d]</c>.</summary>
    public required float* Input { get; init; }

    /// <summary>H_n W_X^T before its SiLU, <c>[T, v d_c]</c>.</summary>
    public required float* X { get; init; }

    /// <summary>H_n W_Z^T before its SiLU, <c>[T, v d_c]</c>; null without the item gate.</summary>
    public required float* Z { get; init; }

    /// <summary>Outputs of the scan with the skip, <c>[v, T, d_in]</c>.</summary>
    public required float* Scan { get; init; }

    /// <summary>
    /// State of each head before each block of time except the first of a sequence, by <see cref="TimeBlocks.Place"/> and head; null
    /// where no backward pass follows.
    /// </summary>
    public required float* BlockStates { get; init; }

    /// <summary>Y: outputs of the heads, <c>[T, v d_c]</c>.</summary>
    public required float* Heads { get; init; }

    /// <summary>H': what enters the feed-forward half, <c>[T, d]</c>.</summary>
    public required float* Middle { get; init; }

    /// <summary>Gate and up projections, <c>[T, 2 f]</c>; null where no backward pass follows.</summary>
    public required float* GateUp { get; init; }
}

/// <summary>What the three phases of one layer read and write for one batch.</summary>
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

    /// <summary>Features of the events' times, <c>[T, K]</c>; null where no times are read or known.</summary>
    public required float* Times { get; init; }

    /// <summary>
    /// States of the sequences, one after another. They are read at the start and overwritten with the states after the last
    /// events. Null to start from zeros and to keep no state.
    /// </summary>
    public float* States { get; init; }

    /// <summary>Whether what follows the scan is computed for the last row of each sequence only; Z is not computed then.</summary>
    public bool LastOnly { get; init; }

    /// <summary>Index of the layer in the model, from 0.</summary>
    public required int Index { get; init; }

    /// <summary>Sums of the gradients of the layer's weights, one set for each slot; empty without a backward pass.</summary>
    public required LayerWeights[] Gradients { get; init; }

    /// <summary>Dropout site after the mixer; site 0 is the embedding.</summary>
    public int MixerSite => (2 * Index) + 1;

    /// <summary>Dropout site after the feed-forward.</summary>
    public int FeedForwardSite => (2 * Index) + 2;

    /// <summary>Number of rows of a tile.</summary>
    public int RowsOfTile(int tile) => Math.Min(TokenLayout.RowsPerTile, Tokens.Tokens - (tile * TokenLayout.RowsPerTile));

    /// <summary>The state of one head of this layer for a sequence; its pointers are null where no states are kept.</summary>
    public HeadState StateOf(int sequence, int head) =>
        States == null ? default : new StateShape(Sizes).Head(States, sequence, Index, head);

    /// <summary>The kept state of one head before the block of time that starts at <paramref name="row"/>.</summary>
    public HeadState BlockStateOf(nint row, int head) =>
        new StateShape(Sizes, layers: 1).Head(Kept.BlockStates, new TimeBlocks(Sizes).Place(row), 0, head);

    /// <summary>Rotations of the gate from a row on; null for none.</summary>
    public float* RotationsOf(nint row) => Shared.Rotations == null ? null : Shared.Rotations + (row * Sizes.LatentWidth);
}
