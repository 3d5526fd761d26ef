namespace Microsoft.ML.Hydra.Numerics;

/// <summary>
/// The weights of one layer, or their gradients, in pinned memory. Shapes in the notation of <see cref="ModelSizes"/>;
/// Q is the width of a head's projection, C that of its convolution.
/// </summary>
internal readonly unsafe struct LayerWeights
{
    /// <summary>RMSNorm before the mixer, <c>[d]</c>.</summary>
    public required float* MixerNorm { get; init; }

    /// <summary>W_X, <c>[v d_c, d]</c>.</summary>
    public required float* X { get; init; }

    /// <summary>W_Z, <c>[v d_c, d]</c>; null without the item gate.</summary>
    public required float* Z { get; init; }

    /// <summary>W_in of every head, <c>[v, d_c, Q]</c>.</summary>
    public required float* Projection { get; init; }

    /// <summary>Taps of the convolution, oldest first, <c>[v, k, C]</c>.</summary>
    public required float* Taps { get; init; }

    /// <summary>Bias of the convolution, <c>[v, C]</c>.</summary>
    public required float* TapBias { get; init; }

    /// <summary>Bias of the step sizes, <c>[v, H]</c>.</summary>
    public required float* StepBias { get; init; }

    /// <summary>W_time: what the features of an event's time add to the step sizes, <c>[v, H, K]</c>; null without a clock.</summary>
    public required float* StepTimes { get; init; }

    /// <summary>log −A, <c>[v, H]</c>.</summary>
    public required float* LogRates { get; init; }

    /// <summary>D, <c>[v, H]</c>.</summary>
    public required float* Skips { get; init; }

    /// <summary>Gated RMSNorm after the scan, <c>[v, d_in]</c>.</summary>
    public required float* ScanNorm { get; init; }

    /// <summary>W_out of every head, <c>[v, d_in, d_c]</c>.</summary>
    public required float* HeadOutput { get; init; }

    /// <summary>W_O, <c>[d, v d_c]</c>.</summary>
    public required float* Output { get; init; }

    /// <summary>RMSNorm before the feed-forward, <c>[d]</c>.</summary>
    public required float* FeedForwardNorm { get; init; }

    /// <summary>W_g, then W_u, <c>[2 f, d]</c>.</summary>
    public required float* GateUp { get; init; }

    /// <summary>W_d, <c>[d, f]</c>.</summary>
    public required float* Down { get; init; }
}
