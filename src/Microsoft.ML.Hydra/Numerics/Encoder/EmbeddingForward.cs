namespace Microsoft.ML.Hydra.Numerics;

/// <summary>The stream before the first layer, one tile of rows a task: <c>H = RMSNorm(dropout(E[item]))</c>.</summary>
internal readonly unsafe struct EmbeddingForward(
    ModelSizes sizes, EncoderWeights weights, int* items, int tokens, DropoutMask dropout, float* output) : IWork
{
    /// <summary>Dropout site of the embedding.</summary>
    public const int Site = 0;

    public void Run<TSimd, TVector>(int task, Arena arena)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        int first = task * TokenLayout.RowsPerTile, rows = Math.Min(TokenLayout.RowsPerTile, tokens - first), d = sizes.Width;
        float* looked = arena.Floats((long)rows * d);
        LookUp<TSimd, TVector>(weights.Items, items, first, rows, d, dropout, looked, arena);
        TileNorm<TSimd, TVector>.Forward(rows, d, looked, weights.EmbeddingNorm, output + ((nint)first * d), arena);
    }

    /// <summary>Item vectors of some rows after dropout.</summary>
    public static void LookUp<TSimd, TVector>(
        float* table, int* items, int first, int rows, int width, DropoutMask dropout, float* target, Arena arena)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        for (int i = 0; i < rows; i++)
        {
            float* source = table + (items[first + i] * (nint)width);
            new ReadOnlySpan<float>(source, width).CopyTo(new(target + ((nint)i * width), width));
        }

        if (dropout.IsActive)
        {
            TileRows<TSimd, TVector>.AddDropped(rows, width, null, target, target, dropout, Site, first, arena);
        }
    }
}
