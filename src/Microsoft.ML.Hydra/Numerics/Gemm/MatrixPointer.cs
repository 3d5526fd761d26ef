namespace Microsoft.ML.Hydra.Numerics;

/// <summary>A matrix in pinned memory: element (i, j) is at <c>Start[i · Row + j · Column]</c>.</summary>
internal readonly unsafe struct MatrixPointer(float* start, nint row, nint column)
{
    public float* Start { get; } = start;

    public nint Row { get; } = row;

    public nint Column { get; } = column;
}
