namespace Microsoft.ML.Hydra.Numerics;

/// <summary>
/// Third phase of a layer; a task is one tile of rows:
/// <code>
/// G = gate(Y, Z)                H' = H + dropout(G W_O^T)
/// H_n = RMSNorm(H')             [g | u] = H_n [W_g | W_u]^T      F = SiLU(g) ∘ u      out = H' + dropout(F W_d^T)
/// </code>
/// </summary>
internal readonly unsafe struct FeedForwardForward(LayerPass pass) : IWork
{
    public void Run<TSimd, TVector>(int task, Arena arena)
        where TSimd : struct, ISimd<TVector>
    {
        ModelSizes sizes = pass.Sizes;
        (int d, int latent, int f) = (sizes.Width, sizes.LatentHeadsWidth, sizes.FeedForwardWidth);
        int rows = pass.RowsOfTile(task);
        nint first = (nint)task * TokenLayout.RowsPerTile;
        LayerActivations kept = pass.Kept;
        float* middle = kept.Middle + (first * d);
        float* gated = arena.Floats((long)rows * latent);
        new MixerGate<TSimd, TVector>(sizes).Forward(
            rows, kept.Heads + (first * latent), kept.Z == null ? null : kept.Z + (first * latent), pass.RotationsOf(first), gated);
        float* change = arena.Floats((long)rows * d);
        pass.Packed.Output.Multiply<TSimd, TVector>(rows, gated, latent, change, d, false, arena);
        TileRows<TSimd, TVector>.AddDropped(rows, d, kept.Input + (first * d), change, middle, pass.Dropout, pass.MixerSite, first, arena);

        float* normed = arena.Floats((long)rows * d);
        TileNorm<TSimd, TVector>.Forward(rows, d, middle, pass.Weights.FeedForwardNorm, normed, arena);
        float* gateUp = kept.GateUp == null ? arena.Floats((long)rows * 2 * f) : kept.GateUp + (first * 2 * f);
        pass.Packed.GateUp.Multiply<TSimd, TVector>(rows, normed, d, gateUp, 2 * f, false, arena);
        float* product = arena.Floats((long)rows * f);
        SwiGlu<TSimd, TVector>.Forward(rows, f, new(gateUp, 2 * f), new(product, f));
        pass.Packed.Down.Multiply<TSimd, TVector>(rows, product, f, change, d, false, arena);
        TileRows<TSimd, TVector>.AddDropped(rows, d, middle, change, pass.Output + (first * d), pass.Dropout, pass.FeedForwardSite, first, arena);
    }
}

/// <summary>
/// Backwards through <see cref="FeedForwardForward"/>; a task is one slot of tiles. δ is the gradient of the residual stream, at
/// first the gradient of the layer's output. W_gu is W_g above W_u:
/// <code>
/// dF = δ W_d      dW_d = δ^T F      [dg | du] from dF      dW_gu = [dg | du]^T H_n      δ ← δ + RMSNorm'([dg | du] W_gu)
/// dG = δ W_O      dW_O = δ^T G      dY, dZ from dG
/// </code>
/// The δ of the first two columns is masked by the dropout of the forward pass.
/// </summary>
internal readonly unsafe struct FeedForwardBackward(LayerPass pass) : IWork
{
    public void Run<TSimd, TVector>(int task, Arena arena)
        where TSimd : struct, ISimd<TVector>
    {
        for (int tile = pass.Tokens.FirstTile(task); tile < pass.Tokens.FirstTile(task + 1); tile++)
        {
            ArenaMark mark = arena.Mark();
            FeedForward<TSimd, TVector>(tile, pass.Gradients[task], arena);
            MixerOutput<TSimd, TVector>(tile, pass.Gradients[task], arena);
            arena.Release(mark);
        }
    }

    private void FeedForward<TSimd, TVector>(int tile, in LayerWeights sums, Arena arena)
        where TSimd : struct, ISimd<TVector>
    {
        (int d, int f) = (pass.Sizes.Width, pass.Sizes.FeedForwardWidth);
        int rows = pass.RowsOfTile(tile);
        nint first = (nint)tile * TokenLayout.RowsPerTile;
        float* stream = pass.Shared.StreamGradient + (first * d), middle = pass.Kept.Middle + (first * d);
        float* gateUp = pass.Kept.GateUp + (first * 2 * f);

        float* change = arena.Floats((long)rows * d);
        TileRows<TSimd, TVector>.AddDropped(rows, d, null, stream, change, pass.Dropout, pass.FeedForwardSite, first, arena);
        float* product = arena.Floats((long)rows * f);
        SwiGlu<TSimd, TVector>.Forward(rows, f, new(gateUp, 2 * f), new(product, f));
        WeightGradient<TSimd, TVector>.Add(rows, d, change, d, f, product, f, sums.Down, arena);
        pass.Packed.DownGradient.Multiply<TSimd, TVector>(rows, change, d, product, f, false, arena);
        SwiGlu<TSimd, TVector>.Backward(rows, f, new(gateUp, 2 * f), new(product, f), new(gateUp, 2 * f));

        float* normed = arena.Floats((long)rows * d);
        TileNorm<TSimd, TVector>.Forward(rows, d, middle, pass.Weights.FeedForwardNorm, normed, arena);
        WeightGradient<TSimd, TVector>.Add(rows, 2 * f, gateUp, 2 * f, d, normed, d, sums.GateUp, arena);
        pass.Packed.GateUpGradient.Multiply<TSimd, TVector>(rows, gateUp, 2 * f, change, d, false, arena);
        TileNorm<TSimd, TVector>.Backward(rows, d, middle, pass.Weights.FeedForwardNorm, change, change, sums.FeedForwardNorm, arena);
        TileRows<TSimd, TVector>.Add((nint)rows * d, change, stream);
    }

    private void MixerOutput<TSimd, TVector>(int tile, in LayerWeights sums, Arena arena)
        where TSimd : struct, ISimd<TVector>
    {
        (int d, int latent) = (pass.Sizes.Width, pass.Sizes.LatentHeadsWidth);
        int rows = pass.RowsOfTile(tile);
        nint first = (nint)tile * TokenLayout.RowsPerTile;
        float* stream = pass.Shared.StreamGradient + (first * d), heads = pass.Kept.Heads + (first * latent);
        float* gate = pass.Kept.Z == null ? null : pass.Kept.Z + (first * latent);
        var mixerGate = new MixerGate<TSimd, TVector>(pass.Sizes);

        float* change = arena.Floats((long)rows * d);
        TileRows<TSimd, TVector>.AddDropped(rows, d, null, stream, change, pass.Dropout, pass.MixerSite, first, arena);
        float* gated = arena.Floats((long)rows * latent);
        mixerGate.Forward(rows, heads, gate, pass.RotationsOf(first), gated);
        WeightGradient<TSimd, TVector>.Add(rows, d, change, d, latent, gated, latent, sums.Output, arena);
        pass.Packed.OutputGradient.Multiply<TSimd, TVector>(rows, change, d, gated, latent, false, arena);
        mixerGate.Backward(
            rows, heads, gate, pass.RotationsOf(first), gated, pass.Shared.HeadsGradient + (first * latent),
            gate == null ? null : pass.Shared.ZGradient + (first * latent), arena);
    }
}
