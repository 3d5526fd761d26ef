namespace Microsoft.ML.Hydra.Numerics;

/// <summary>What a pass over a batch reads besides the weights.</summary>
internal readonly unsafe struct EncoderInput
{
    /// <summary>Where the T tokens are in memory.</summary>
    public required TokenLayout Tokens { get; init; }

    /// <summary>Item vectors, <c>[T, d]</c>.</summary>
    public required ItemRows Vectors { get; init; }

    /// <summary>Index of each event in its user's whole history, <c>[T]</c>; read by the rotary gate only.</summary>
    public required int* Positions { get; init; }

    /// <summary>Features of the events' times, <c>[T, K]</c>; null where there are none.</summary>
    public required float* Times { get; init; }

    /// <summary>The dropout mask.</summary>
    public required DropoutMask Dropout { get; init; }
}

/// <summary>
/// The forward and backward pass of a whole Hydra model (arXiv 2504.07398) from item vectors to sequence vectors, on packed
/// tokens: dropout, norm, layers, norm. A layer runs in three phases: <see cref="ProjectForward"/> over tiles of rows,
/// <see cref="MixForward"/> over pairs of a sequence and a latent head, <see cref="FeedForwardForward"/> over tiles again. The
/// backward pass runs them in reverse order. All numbers are float32; sums over tokens do not depend on the number of threads.
/// Memory is kept from batch to batch. One caller at a time. Owns the workspace.
/// </summary>
internal sealed unsafe class HydraEncoder(ModelSizes sizes, Workspace workspace) : IDisposable
{
    private readonly PackedWeights _packed = new(sizes);
    private readonly EncoderActivations _activations = new();
    private readonly SlotGradients _slots = new(sizes);

    /// <summary>Bytes of memory held.</summary>
    public long Capacity => _packed.Capacity + _activations.Capacity + workspace.Capacity;

    /// <summary>Packs the weights as they are now; they must stay in place until the pass is over.</summary>
    /// <param name="weights">The weights.</param>
    /// <param name="trains">Whether backward passes follow.</param>
    public void Pack(EncoderWeights weights, bool trains) => _packed.Pack(weights, trains, workspace);

    /// <summary>Computes the outputs of a batch.</summary>
    /// <param name="weights">The weights that were packed.</param>
    /// <param name="input">The batch.</param>
    /// <param name="trains">Whether <see cref="Backward"/> follows.</param>
    /// <param name="hidden">Receives the outputs, <c>[T, d]</c>.</param>
    public void Forward(EncoderWeights weights, in EncoderInput input, bool trains, float* hidden)
    {
        TokenLayout tokens = input.Tokens;
        _activations.Prepare(sizes, tokens.Tokens, trains);
        if (_activations.Rotations != null)
        {
            workspace.Run(tokens.Tiles, new GateRotations(sizes, input.Positions, tokens.Tokens, _activations.Rotations));
        }

        workspace.Run(tokens.Tiles, new EmbeddingForward(sizes, weights, input.Vectors, tokens.Tokens, input.Dropout, _activations.Layers[0].Input));
        foreach (LayerPass layer in Passes(weights, input, []))
        {
            workspace.Run(tokens.Tiles, new ProjectForward(layer));
            workspace.Run(tokens.Sequences * sizes.LatentHeads, new MixForward(layer));
            workspace.Run(tokens.Tiles, new FeedForwardForward(layer));
        }

        workspace.Run(tokens.Tiles, new FinalForward(sizes, weights, tokens.Tokens, _activations.Output, hidden));
    }

    /// <summary>Computes all gradients of the batch that went forward last.</summary>
    /// <param name="weights">The weights of the forward pass.</param>
    /// <param name="input">The batch of the forward pass.</param>
    /// <param name="hiddenGradient">Gradients of the outputs, <c>[T, d]</c>.</param>
    /// <param name="vectorsGradient">Receives the gradients of the item vectors, <c>[T, d]</c>.</param>
    /// <param name="target">Receives the gradient of each weight except the item vectors; old content is overwritten.</param>
    public void Backward(EncoderWeights weights, in EncoderInput input, float* hiddenGradient, float* vectorsGradient, EncoderWeights.Source target)
    {
        TokenLayout tokens = input.Tokens;
        float* stream = _activations.StreamGradient;
        _slots.Prepare(tokens.Slots);
        workspace.Run(tokens.Slots, new FinalBackward(sizes, weights, tokens, _activations.Output, hiddenGradient, _slots.Slots, stream));
        foreach (LayerPass layer in Passes(weights, input, _slots.Slots).Reverse())
        {
            workspace.Run(tokens.Slots, new FeedForwardBackward(layer));
            workspace.Run(tokens.Slots * sizes.LatentHeads, new MixBackward(layer));
            workspace.Run(tokens.Slots, new ProjectBackward(layer));
        }

        workspace.Run(tokens.Slots, new EmbeddingBackward(sizes, weights, input, _slots.Slots, stream, vectorsGradient));
        _slots.Collect(tokens.Slots, target, workspace);
    }

    public void Dispose()
    {
        _packed.Dispose();
        _activations.Dispose();
        _slots.Dispose();
        workspace.Dispose();
    }

    private LayerPass[] Passes(EncoderWeights weights, EncoderInput input, EncoderWeights[] gradients) =>
        [.. Enumerable.Range(0, sizes.Layers).Select(i => new LayerPass
        {
            Sizes = sizes,
            Weights = weights.Layers[i],
            Packed = _packed.Layers[i],
            Tokens = input.Tokens,
            Kept = _activations.Layers[i],
            Shared = _activations,
            Output = i + 1 < sizes.Layers ? _activations.Layers[i + 1].Input : _activations.Output,
            Times = sizes.TimeFeatures > 0 ? input.Times : null,
            Dropout = input.Dropout,
            Index = i,
            Gradients = [.. gradients.Select(slot => slot.Layers[i])],
        })];
}

/// <summary>The norm after the last layer; a task is one tile of rows.</summary>
internal readonly unsafe struct FinalForward(ModelSizes sizes, EncoderWeights weights, int tokens, float* stream, float* hidden) : IWork
{
    public void Run<TSimd, TVector>(int task, Arena arena)
        where TSimd : struct, ISimd<TVector>
    {
        int first = task * TokenLayout.RowsPerTile, rows = Math.Min(TokenLayout.RowsPerTile, tokens - first);
        nint offset = (nint)first * sizes.Width;
        TileNorm<TSimd, TVector>.Forward(rows, sizes.Width, stream + offset, weights.FinalNorm, hidden + offset, arena);
    }
}

/// <summary>Backwards through <see cref="FinalForward"/>; a task is one slot of tiles.</summary>
internal readonly unsafe struct FinalBackward(
    ModelSizes sizes, EncoderWeights weights, TokenLayout tokens, float* stream, float* hiddenGradient, EncoderWeights[] sums, float* streamGradient) : IWork
{
    public void Run<TSimd, TVector>(int task, Arena arena)
        where TSimd : struct, ISimd<TVector>
    {
        int first = tokens.FirstTile(task) * TokenLayout.RowsPerTile;
        int rows = Math.Min(tokens.FirstTile(task + 1) * TokenLayout.RowsPerTile, tokens.Tokens) - first;
        nint offset = (nint)first * sizes.Width;
        TileNorm<TSimd, TVector>.Backward(
            rows, sizes.Width, stream + offset, weights.FinalNorm, hiddenGradient + offset, streamGradient + offset, sums[task].FinalNorm, arena);
    }
}
