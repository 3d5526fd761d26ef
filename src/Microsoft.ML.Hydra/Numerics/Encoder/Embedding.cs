namespace Microsoft.ML.Hydra.Numerics;

/// <summary>Vectors of the items of a batch: row i of <c>[T, d]</c>, or where <paramref name="items"/> is given, row <c>items[i]</c> of a table.</summary>
/// <param name="vectors">The rows, or the table.</param>
/// <param name="items">Rows of the table, <c>[T]</c>; null where the vectors are in the order of the batch.</param>
internal readonly unsafe struct ItemRows(float* vectors, int* items = null)
{
    /// <summary>Copies some rows and applies dropout to the copy.</summary>
    /// <param name="first">First row of the batch.</param>
    /// <param name="rows">Number of rows.</param>
    /// <param name="width">d.</param>
    /// <param name="dropout">The dropout mask.</param>
    /// <param name="target">Receives <c>[rows, d]</c>.</param>
    /// <param name="arena">Scratch memory.</param>
    public void Copy<TSimd, TVector>(int first, int rows, int width, DropoutMask dropout, float* target, Arena arena)
        where TSimd : struct, ISimd<TVector>
    {
        float* source = target;
        if (items == null)
        {
            source = vectors + ((nint)first * width);
        }
        else
        {
            for (int i = 0; i < rows; i++)
            {
                new ReadOnlySpan<float>(vectors + ((nint)items[first + i] * width), width).CopyTo(new(target + ((nint)i * width), width));
            }
        }

        if (dropout.IsActive)
        {
            TileRows<TSimd, TVector>.AddDropped(rows, width, null, source, target, dropout, EmbeddingForward.Site, first, arena);
        }
        else if (source != target)
        {
            new ReadOnlySpan<float>(source, rows * width).CopyTo(new(target, rows * width));
        }
    }
}

/// <summary>The residual stream before the first layer: <c>H = RMSNorm(dropout(e))</c> for item vectors e. A task is one tile of rows.</summary>
internal readonly unsafe struct EmbeddingForward(
    ModelSizes sizes, EncoderWeights weights, ItemRows vectors, int tokens, DropoutMask dropout, float* output) : IWork
{
    /// <summary>Dropout site of the embedding.</summary>
    public const int Site = 0;

    public void Run<TSimd, TVector>(int task, Arena arena)
        where TSimd : struct, ISimd<TVector>
    {
        int first = task * TokenLayout.RowsPerTile, rows = Math.Min(TokenLayout.RowsPerTile, tokens - first), d = sizes.Width;
        float* kept = arena.Floats((long)rows * d);
        vectors.Copy<TSimd, TVector>(first, rows, d, dropout, kept, arena);
        TileNorm<TSimd, TVector>.Forward(rows, d, kept, weights.EmbeddingNorm, output + ((nint)first * d), arena);
    }
}

/// <summary>Backwards through <see cref="EmbeddingForward"/> to the item vectors; a task is one slot of tiles.</summary>
internal readonly unsafe struct EmbeddingBackward(
    ModelSizes sizes, EncoderWeights weights, EncoderInput input, EncoderWeights[] sums, float* stream, float* vectorsGradient) : IWork
{
    public void Run<TSimd, TVector>(int task, Arena arena)
        where TSimd : struct, ISimd<TVector>
    {
        (int d, TokenLayout tokens, DropoutMask dropout) = (sizes.Width, input.Tokens, input.Dropout);
        for (int tile = tokens.FirstTile(task); tile < tokens.FirstTile(task + 1); tile++)
        {
            ArenaMark mark = arena.Mark();
            int first = tile * TokenLayout.RowsPerTile, rows = Math.Min(TokenLayout.RowsPerTile, tokens.Tokens - first);
            nint offset = (nint)first * d;
            float* kept = arena.Floats((long)rows * d), gradient = vectorsGradient + offset;
            input.Vectors.Copy<TSimd, TVector>(first, rows, d, dropout, kept, arena);
            TileNorm<TSimd, TVector>.Backward(rows, d, kept, weights.EmbeddingNorm, stream + offset, gradient, sums[task].EmbeddingNorm, arena);
            TileRows<TSimd, TVector>.AddDropped(rows, d, null, gradient, gradient, dropout, EmbeddingForward.Site, first, arena);
            arena.Release(mark);
        }
    }
}

/// <summary>
/// Backwards through the look-up of rows of a table: adds the gradient of each row found to the gradient of its item. A task is a
/// range of items and adds their rows in order, so that the sums do not depend on the number of threads.
/// </summary>
/// <param name="gradient">Gradients of the rows, <c>[M, d]</c>.</param>
/// <param name="items">The table row of each, <c>[M]</c>.</param>
/// <param name="count">M.</param>
/// <param name="table">Gradient of the table, <c>[I + 1, d]</c>; the sums are added to it.</param>
/// <param name="tableRows">I + 1.</param>
/// <param name="width">d.</param>
internal readonly unsafe struct LookUpBackward(float* gradient, long* items, int count, float* table, long tableRows, int width) : IWork
{
    /// <summary>Number of tasks.</summary>
    public const int Tasks = 16;

    public void Run<TSimd, TVector>(int task, Arena arena)
        where TSimd : struct, ISimd<TVector>
    {
        long begin = task * tableRows / Tasks, end = (task + 1) * tableRows / Tasks;
        for (nint row = 0; row < count; row++)
        {
            nint item = (nint)items[row];
            if (item >= begin && item < end)
            {
                TileRows<TSimd, TVector>.Add(width, gradient + (row * width), table + (item * width));
            }
        }
    }
}
