namespace Microsoft.ML.Hydra.Numerics;

/// <summary><see cref="ScanInputs"/> in pinned memory.</summary>
internal readonly unsafe struct ScanOperands(
    ScanShape shape, float* x, nint xStride, float* dt, nint dtStride, float* rates, float* b, nint bStride, float* c, nint cStride,
    float* skip, int* lengths)
{
    public ScanShape Shape { get; } = shape;

    public nint XStride { get; } = xStride;

    public nint StepStride { get; } = dtStride;

    public nint BStride { get; } = bStride;

    public nint CStride { get; } = cStride;

    public bool HasSkip => skip != null;

    /// <summary>Steps of a sequence without its padding.</summary>
    public int Length(int sequence) => lengths == null ? Shape.Length : lengths[sequence % Shape.Batch];

    /// <summary>A sequence's first row of any operand.</summary>
    public nint FirstRow(int sequence) => (nint)sequence * Shape.Length;

    public float* X(int sequence, int head) => x + (FirstRow(sequence) * XStride) + (head * Shape.Width);

    public float* Steps(int sequence, int head) => dt + (FirstRow(sequence) * StepStride) + head;

    public float* B(int sequence) => b + (FirstRow(sequence) * BStride);

    public float* C(int sequence) => c + (FirstRow(sequence) * CStride);

    public float Rate(int sequence, int head) => rates[Parameter(sequence, head)];

    public float Skip(int sequence, int head) => skip == null ? 0 : skip[Parameter(sequence, head)];

    private nint Parameter(int sequence, int head) => ((nint)(sequence / Shape.Batch) * Shape.Heads) + head;
}
