namespace Microsoft.ML.Hydra.Numerics;

/// <summary>First phase of a layer: <c>H_n = RMSNorm(H)</c>, then <c>H_n W_X^T</c> and <c>H_n W_Z^T</c>. A task is one tile of rows.</summary>
internal readonly unsafe struct ProjectForward(LayerPass pass) : IWork
{
    public void Run<TSimd, TVector>(int task, Arena arena)
        where TSimd : struct, ISimd<TVector>
    {
        (int d, int latent) = (pass.Sizes.Width, pass.Sizes.LatentHeadsWidth);
        int rows = pass.RowsOfTile(task);
        nint first = (nint)task * TokenLayout.RowsPerTile;
        float* normed = arena.Floats((long)rows * d);
        TileNorm<TSimd, TVector>.Forward(rows, d, pass.Kept.Input + (first * d), pass.Weights.MixerNorm, normed, arena);
        pass.Packed.X.Multiply<TSimd, TVector>(rows, normed, d, pass.Kept.X + (first * latent), latent, false, arena);
        if (pass.Sizes.ItemGate && !pass.LastOnly)
        {
            pass.Packed.Z.Multiply<TSimd, TVector>(rows, normed, d, pass.Kept.Z + (first * latent), latent, false, arena);
        }
    }
}

/// <summary>
/// Backwards through <see cref="ProjectForward"/>; a task is one slot of tiles. With δ the gradient of the residual stream:
/// <c>dW_X = dX^T H_n</c>, <c>dW_Z = dZ^T H_n</c>, <c>δ ← δ + RMSNorm'(dX W_X + dZ W_Z)</c>.
/// </summary>
internal readonly unsafe struct ProjectBackward(LayerPass pass) : IWork
{
    public void Run<TSimd, TVector>(int task, Arena arena)
        where TSimd : struct, ISimd<TVector>
    {
        (int d, int latent) = (pass.Sizes.Width, pass.Sizes.LatentHeadsWidth);
        LayerWeights sums = pass.Gradients[task];
        for (int tile = pass.Tokens.FirstTile(task); tile < pass.Tokens.FirstTile(task + 1); tile++)
        {
            ArenaMark mark = arena.Mark();
            int rows = pass.RowsOfTile(tile);
            nint first = (nint)tile * TokenLayout.RowsPerTile;
            float* input = pass.Kept.Input + (first * d), x = pass.Shared.XGradient + (first * latent);
            float* normed = arena.Floats((long)rows * d), gradient = arena.Floats((long)rows * d);
            TileNorm<TSimd, TVector>.Forward(rows, d, input, pass.Weights.MixerNorm, normed, arena);
            WeightGradient<TSimd, TVector>.Add(rows, latent, x, latent, d, normed, d, sums.X, arena);
            pass.Packed.XGradient.Multiply<TSimd, TVector>(rows, x, latent, gradient, d, false, arena);
            if (pass.Sizes.ItemGate)
            {
                float* z = pass.Shared.ZGradient + (first * latent);
                WeightGradient<TSimd, TVector>.Add(rows, latent, z, latent, d, normed, d, sums.Z, arena);
                pass.Packed.ZGradient.Multiply<TSimd, TVector>(rows, z, latent, gradient, d, true, arena);
            }

            TileNorm<TSimd, TVector>.Backward(rows, d, input, pass.Weights.MixerNorm, gradient, gradient, sums.MixerNorm, arena);
            TileRows<TSimd, TVector>.Add((nint)rows * d, gradient, pass.Shared.StreamGradient + (first * d));
            arena.Release(mark);
        }
    }
}
