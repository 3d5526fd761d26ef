namespace Microsoft.ML.Hydra.Numerics;

/// <summary><c>dE += P^T Q</c> over the rows at hand, block after block; one task is a range of items.</summary>
internal readonly unsafe struct ItemGradients(
    SoftmaxShape shape, int rows, int rowsPerBlock, int itemsPerTask, float* gradient, nint stride, SoftmaxBuffers buffers) : IWork
{
    public void Run<TSimd, TVector>(int task, Arena arena)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        int first = task * itemsPerTask, count = Math.Min(itemsPerTask, shape.Items - first);
        for (int row = 0; row < rows; row += rowsPerBlock)
        {
            arena.Reset();
            GemmBlocks<TSimd, TVector>.Multiply(
                new(count, shape.Width, Math.Min(rowsPerBlock, rows - row)),
                new(buffers.Logits + ((nint)row * buffers.LogitStride) + first, 1, buffers.LogitStride),
                new(buffers.ScaledQueries + ((nint)row * shape.Width), shape.Width, 1),
                new(gradient + (first * stride), stride), true, arena);
        }
    }
}
