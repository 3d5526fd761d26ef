namespace Microsoft.ML.Hydra.Numerics;

/// <summary>Operands of a causal convolution in pinned memory.</summary>
internal readonly unsafe struct ConvolutionOperands(ConvolutionShape shape, float* x, nint stride, float* weight, float* bias, int* lengths)
{
    public ConvolutionShape Shape { get; } = shape;

    public nint Stride { get; } = stride;

    /// <summary>Steps of a sequence without its padding.</summary>
    public int Length(int sequence) => lengths == null ? Shape.Length : lengths[sequence % Shape.Batch];

    /// <summary>The sequence's first row of inputs.</summary>
    public float* Inputs(int sequence) => x + ((nint)sequence * Shape.Length * Stride);

    /// <summary>The taps of the sequence's group, <c>[k, C]</c>.</summary>
    public float* Weight(int sequence) => weight + ((nint)(sequence / Shape.Batch) * Shape.Taps * Shape.Channels);

    /// <summary>The bias of the sequence's group, <c>[C]</c>.</summary>
    public float* Bias(int sequence) => bias + ((nint)(sequence / Shape.Batch) * Shape.Channels);
}
