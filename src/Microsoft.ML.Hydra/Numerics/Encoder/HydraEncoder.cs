namespace Microsoft.ML.Hydra.Numerics;

/// <summary>
/// A whole Hydra model (arXiv 2504.07398) from item ids to sequence vectors and back, on packed tokens: embedding, dropout, norm,
/// layers, norm. Memory is kept from batch to batch. A layer runs in three phases, over tiles of rows, over (sequence, latent
/// head), over tiles again; backwards in reverse. Float32 throughout; sums over tokens do not depend on the number of threads.
/// One caller at a time. Owns the workspace.
/// </summary>
internal sealed unsafe class HydraEncoder(ModelSizes sizes, Workspace workspace) : IDisposable
{
    private const int ItemTasks = 16;

    private readonly PackedWeights _packed = new(sizes);
    private readonly EncoderActivations _activations = new();
    private readonly SlotGradients _slots = new(sizes);

    /// <summary>Bytes of memory held.</summary>
    public long Capacity => _packed.Capacity + _activations.Capacity + workspace.Capacity;

    /// <summary>Takes weights as they are now; they must stay in place until the pass is over.</summary>
    /// <param name="weights">The weights.</param>
    /// <param name="trains">Whether backward passes are wanted.</param>
    public void Pack(EncoderWeights weights, bool trains) => _packed.Pack(weights, trains, workspace);

    /// <summary>Computes the outputs of a batch.</summary>
    /// <param name="weights">The weights that were packed.</param>
    /// <param name="tokens">How the tokens lie.</param>
    /// <param name="items">Item rows, <c>[T]</c>.</param>
    /// <param name="positions">Index of each event in its user's whole history, <c>[T]</c>; read by the rotary gate only.</param>
    /// <param name="times">Features of the events' times, <c>[T, K]</c>; null for none.</param>
    /// <param name="dropout">What is dropped.</param>
    /// <param name="trains">Whether <see cref="Backward"/> follows.</param>
    /// <param name="hidden">Receives the outputs, <c>[T, d]</c>.</param>
    public void Forward(
        EncoderWeights weights, TokenLayout tokens, int* items, int* positions, float* times, DropoutMask dropout, bool trains, float* hidden)
    {
        _activations.Prepare(sizes, tokens.Tokens, trains);
        if (_activations.Rotations != null)
        {
            workspace.Run(tokens.Tiles, new GateRotations(sizes, positions, tokens.Tokens, _activations.Rotations));
        }

        workspace.Run(
            tokens.Tiles, new EmbeddingForward(sizes, weights, items, tokens.Tokens, dropout, _activations.Layers[0].Input));
        foreach (LayerPass layer in Passes(weights, tokens, times, dropout, []))
        {
            workspace.Run(tokens.Tiles, new ProjectForward(layer));
            workspace.Run(tokens.Sequences * sizes.LatentHeads, new MixForward(layer));
            workspace.Run(tokens.Tiles, new FeedForwardForward(layer));
        }

        workspace.Run(tokens.Tiles, new FinalForward(sizes, weights, tokens.Tokens, _activations.Output, hidden));
    }

    /// <summary>Computes all gradients of the batch that went forward last.</summary>
    /// <param name="weights">The weights of the forward pass.</param>
    /// <param name="tokens">How the tokens lie.</param>
    /// <param name="items">Item rows, <c>[T]</c>.</param>
    /// <param name="times">Features of the events' times, <c>[T, K]</c>; null for none.</param>
    /// <param name="dropout">What was dropped.</param>
    /// <param name="hiddenGradient">Gradients of the outputs, <c>[T, d]</c>.</param>
    /// <param name="target">Where the gradient of each weight goes. All are overwritten but that of the item vectors, which is added to.</param>
    public void Backward(
        EncoderWeights weights, TokenLayout tokens, int* items, float* times, DropoutMask dropout, float* hiddenGradient, EncoderWeights.Source target)
    {
        float* stream = _activations.StreamGradient;
        _slots.Prepare(tokens.Slots);
        workspace.Run(tokens.Slots, new FinalBackward(sizes, weights, tokens, _activations.Output, hiddenGradient, _slots.Slots, stream));
        foreach (LayerPass layer in Passes(weights, tokens, times, dropout, _slots.Slots).Reverse())
        {
            workspace.Run(tokens.Slots, new FeedForwardBackward(layer));
            workspace.Run(tokens.Slots * sizes.LatentHeads, new MixBackward(layer));
            workspace.Run(tokens.Slots, new ProjectBackward(layer));
        }

        workspace.Run(tokens.Slots, new EmbeddingBackward(sizes, weights, items, tokens, dropout, _slots.Slots, stream));
        float* itemGradient = target(EncoderWeights.ItemVectors, (sizes.NumberOfItems + 1L) * sizes.Width);
        workspace.Run(ItemTasks, new ItemGradient(sizes, items, tokens.Tokens, stream, itemGradient, ItemTasks));
        _slots.Collect(tokens.Slots, target, workspace);
    }

    public void Dispose()
    {
        _packed.Dispose();
        _activations.Dispose();
        _slots.Dispose();
        workspace.Dispose();
    }

    private LayerPass[] Passes(EncoderWeights weights, TokenLayout tokens, float* times, DropoutMask dropout, EncoderWeights[] gradients) =>
        [.. Enumerable.Range(0, sizes.Layers).Select(i => new LayerPass
        {
            Sizes = sizes,
            Weights = weights.Layers[i],
            Packed = _packed.Layers[i],
            Tokens = tokens,
            Kept = _activations.Layers[i],
            Shared = _activations,
            Output = i + 1 < sizes.Layers ? _activations.Layers[i + 1].Input : _activations.Output,
            Times = sizes.TimeFeatures > 0 ? times : null,
            Dropout = dropout,
            Index = i,
            Gradients = [.. gradients.Select(slot => slot.Layers[i])],
        })];

    private readonly struct FinalBackward(
        ModelSizes sizes, EncoderWeights weights, TokenLayout tokens, float* stream, float* hiddenGradient, EncoderWeights[] sums, float* streamGradient) : IWork
    {
        public void Run<TSimd, TVector>(int task, Arena arena)
            where TSimd : struct, ISimd<TVector>
            where TVector : struct
        {
            int first = tokens.FirstTile(task) * TokenLayout.RowsPerTile;
            int rows = Math.Min(tokens.FirstTile(task + 1) * TokenLayout.RowsPerTile, tokens.Tokens) - first;
            nint offset = (nint)first * sizes.Width;
            TileNorm<TSimd, TVector>.Backward(
                rows, sizes.Width, stream + offset, weights.FinalNorm, hiddenGradient + offset, streamGradient + offset, sums[task].FinalNorm, arena);
        }
    }
}
