namespace Microsoft.ML.Hydra.Numerics;

/// <summary>Rows whose width is a multiple of what the recurrence takes: the given ones where they are, else a copy with zeros.</summary>
internal readonly unsafe struct PaddedRows
{
    private PaddedRows(float* start, nint stride)
    {
        Start = start;
        Stride = stride;
    }

    public float* Start { get; }

    public nint Stride { get; }

    public float* Row(int step) => Start + (step * Stride);

    /// <summary>The rows, or a copy in the arena.</summary>
    public static PaddedRows Of<TSimd, TVector>(float* rows, nint stride, int count, int width, Arena arena)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        int padded = OuterProductRecurrence<TSimd, TVector>.Padded(width);
        if (padded == width)
        {
            return new(rows, stride);
        }

        float* copy = arena.Floats((long)count * padded);
        for (nint i = 0; i < count; i++)
        {
            VectorRows<TSimd, TVector>.CopyScaled(copy + (i * padded), padded, rows + (i * stride), width, 1);
        }

        return new(copy, padded);
    }
}
