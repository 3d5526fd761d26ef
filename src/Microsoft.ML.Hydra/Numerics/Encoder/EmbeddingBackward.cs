namespace Microsoft.ML.Hydra.Numerics;

/// <summary>Backwards through <see cref="EmbeddingForward"/> to the vectors looked up, one slot of tiles a task.</summary>
internal readonly unsafe struct EmbeddingBackward(
    ModelSizes sizes, EncoderWeights weights, int* items, TokenLayout tokens, DropoutMask dropout, EncoderWeights[] sums, float* stream) : IWork
{
    public void Run<TSimd, TVector>(int task, Arena arena)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        int d = sizes.Width;
        for (int tile = tokens.FirstTile(task); tile < tokens.FirstTile(task + 1); tile++)
        {
            ArenaMark mark = arena.Mark();
            int first = tile * TokenLayout.RowsPerTile, rows = Math.Min(TokenLayout.RowsPerTile, tokens.Tokens - first);
            float* looked = arena.Floats((long)rows * d), gradient = stream + ((nint)first * d);
            EmbeddingForward.LookUp<TSimd, TVector>(weights.Items, items, first, rows, d, dropout, looked, arena);
            TileNorm<TSimd, TVector>.Backward(rows, d, looked, weights.EmbeddingNorm, gradient, gradient, sums[task].EmbeddingNorm, arena);
            TileRows<TSimd, TVector>.AddDropped(rows, d, null, gradient, gradient, dropout, EmbeddingForward.Site, first, arena);
            arena.Release(mark);
        }
    }
}
