namespace Microsoft.ML.Hydra.Numerics;

/// <summary>The norm after the last layer, one tile of rows a task.</summary>
internal readonly unsafe struct FinalForward(ModelSizes sizes, EncoderWeights weights, int tokens, float* stream, float* hidden) : IWork
{
    public void Run<TSimd, TVector>(int task, Arena arena)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        int first = task * TokenLayout.RowsPerTile, rows = Math.Min(TokenLayout.RowsPerTile, tokens - first);
        nint offset = (nint)first * sizes.Width;
        TileNorm<TSimd, TVector>.Forward(rows, sizes.Width, stream + offset, weights.FinalNorm, hidden + offset, arena);
    }
}
