namespace Microsoft.ML.Hydra.Numerics;

/// <summary><see cref="ScanGradients"/> in pinned memory, with one sum for each sequence and head where sequences share a parameter.</summary>
internal readonly unsafe struct ScanGradientPointers(
    ScanShape shape, float* x, nint xStride, float* dt, nint dtStride, float* b, nint bStride, float* c, nint cStride,
    double* rates, double* skips)
{
    public nint XStride { get; } = xStride;

    public nint StepStride { get; } = dtStride;

    public nint BStride { get; } = bStride;

    public nint CStride { get; } = cStride;

    public float* X(int sequence, int head) => x + (FirstRow(sequence) * XStride) + (head * shape.Width);

    public float* Steps(int sequence, int head) => dt + (FirstRow(sequence) * StepStride) + head;

    public float* B(int sequence) => b + (FirstRow(sequence) * BStride);

    public float* C(int sequence) => c + (FirstRow(sequence) * CStride);

    public void SetParameters(int sequence, int head, double rate, double skip)
    {
        nint index = ((nint)sequence * shape.Heads) + head;
        (rates[index], skips[index]) = (rate, skip);
    }

    /// <summary>Zeros from step <paramref name="length"/> on, and everywhere in the sums.</summary>
    public void ClearPadding(int sequence, int length)
    {
        int count = shape.Length - length;
        RowMemory.Clear(X(sequence, 0) + (length * XStride), XStride, count, shape.Heads * shape.Width);
        RowMemory.Clear(Steps(sequence, 0) + (length * StepStride), StepStride, count, shape.Heads);
        RowMemory.Clear(B(sequence) + (length * BStride), BStride, count, shape.StateSize);
        RowMemory.Clear(C(sequence) + (length * CStride), CStride, count, shape.StateSize);
        for (int head = 0; head < shape.Heads; head++)
        {
            SetParameters(sequence, head, 0, 0);
        }
    }

    private nint FirstRow(int sequence) => (nint)sequence * shape.Length;
}
