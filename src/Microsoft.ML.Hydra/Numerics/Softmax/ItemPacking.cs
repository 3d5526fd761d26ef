namespace Microsoft.ML.Hydra.Numerics;

/// <summary>Packs the catalogue for both products it takes part in; one task is a range of items.</summary>
internal readonly unsafe struct ItemPacking(SoftmaxShape shape, float* items, nint stride, int itemsPerTask, SoftmaxBuffers buffers) : IWork
{
    public void Run<TSimd, TVector>(int task, Arena arena)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        int first = task * itemsPerTask, count = Math.Min(itemsPerTask, shape.Items - first);
        float* source = items + (first * stride);
        GemmBlocks<TSimd, TVector>.Pack(shape.Width, count, new(source, 1, stride), buffers.PackedColumns + ((nint)first * shape.Width));
        int width = GemmTile<TSimd, TVector>.Columns;
        for (int column = 0; column < shape.Width; column += width)
        {
            float* panel = buffers.PackedRows + ((nint)column * shape.Items);
            GemmBlocks<TSimd, TVector>.Pack(
                count, Math.Min(width, shape.Width - column), new(source + column, stride, 1), panel + ((nint)first * width));
        }
    }
}
