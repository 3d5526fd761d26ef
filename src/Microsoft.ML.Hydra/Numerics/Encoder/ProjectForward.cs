namespace Microsoft.ML.Hydra.Numerics;

/// <summary>First phase of a layer, one tile of rows a task: <c>N = RMSNorm(H)</c>, then <c>N W_X^T</c> and <c>N W_Z^T</c>.</summary>
internal readonly unsafe struct ProjectForward(LayerPass pass) : IWork
{
    public void Run<TSimd, TVector>(int task, Arena arena)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
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
