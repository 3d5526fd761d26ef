namespace Microsoft.ML.Hydra.Numerics;

/// <summary>What one latent head of one layer keeps of a sequence; null where nothing is kept.</summary>
internal readonly unsafe struct HeadState(float* past, float* scan)
{
    /// <summary>The last inputs of the convolution, <c>[k − 1, C]</c>, oldest first.</summary>
    public float* Past { get; } = past;

    /// <summary>States of the scan, <c>[H, N, P]</c>.</summary>
    public float* Scan { get; } = scan;
}
