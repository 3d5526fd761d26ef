namespace Microsoft.ML.Hydra.Numerics;

/// <summary>
/// Third phase of a layer, one tile of rows a task:
/// <code>
/// H' = H + dropout(G W_O^T)      G = gate(Y, Z)        out = H' + dropout((SiLU(g) ∘ u) W_d^T)      [g | u] = RMSNorm(H') [W_g | W_u]^T
/// </code>
/// </summary>
internal readonly unsafe struct FeedForwardForward(LayerPass pass) : IWork
{
    public void Run<TSimd, TVector>(int task, Arena arena)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
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
