namespace Microsoft.ML.Hydra.Numerics;

/// <summary>Rows in pinned memory.</summary>
internal static unsafe class RowMemory
{
    /// <summary>Sets rows to 0.</summary>
    public static void Clear(float* rows, nint stride, int count, int width)
    {
        for (int i = 0; i < count; i++, rows += stride)
        {
            new Span<float>(rows, width).Clear();
        }
    }
}
