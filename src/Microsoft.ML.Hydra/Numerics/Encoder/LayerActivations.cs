namespace Microsoft.ML.Hydra.Numerics;

/// <summary>What a layer leaves for its backward pass, T rows each. Everything else is made again from these.</summary>
internal readonly unsafe struct LayerActivations
{
    /// <summary>H: the layer's input, <c>[T, d]</c>.</summary>
    public required float* Input { get; init; }

    /// <summary>H W_X^T before its SiLU, <c>[T, v d_c]</c>.</summary>
    public required float* X { get; init; }

    /// <summary>H W_Z^T before its SiLU, <c>[T, v d_c]</c>; null without the item gate.</summary>
    public required float* Z { get; init; }

    /// <summary>Outputs of the scan with the skip, <c>[v, T, d_in]</c>.</summary>
    public required float* Scan { get; init; }

    /// <summary>
    /// States of the heads before each block of time that follows another, by place (<see cref="TimeBlocks"/>) and head; null where
    /// no backward pass follows.
    /// </summary>
    public required float* BlockStates { get; init; }

    /// <summary>Y: outputs of the heads, <c>[T, v d_c]</c>.</summary>
    public required float* Heads { get; init; }

    /// <summary>H': what enters the feed-forward half, <c>[T, d]</c>.</summary>
    public required float* Middle { get; init; }

    /// <summary>Gate and up projections, <c>[T, 2 f]</c>; null where no backward pass follows.</summary>
    public required float* GateUp { get; init; }
}
