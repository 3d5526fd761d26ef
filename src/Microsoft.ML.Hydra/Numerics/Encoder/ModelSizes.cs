namespace Microsoft.ML.Hydra.Numerics;

/// <summary>Sizes and switches of one Hydra model. Notation of arXiv 2504.07398 and 2405.21060.</summary>
internal sealed record ModelSizes
{
    /// <summary>Catalogue size; the embedding has one row more, the padding row 0.</summary>
    public required int NumberOfItems { get; init; }

    /// <summary>Width d of the residual stream.</summary>
    public required int Width { get; init; }

    /// <summary>Layers L.</summary>
    public required int Layers { get; init; }

    /// <summary>Latent heads v.</summary>
    public required int LatentHeads { get; init; }

    /// <summary>Width d_c of a latent head.</summary>
    public required int LatentWidth { get; init; }

    /// <summary>Inner width of a latent head as a multiple of d_c.</summary>
    public required int Expand { get; init; }

    /// <summary>State size N.</summary>
    public required int StateSize { get; init; }

    /// <summary>Width P of an inner head.</summary>
    public required int InnerHeadWidth { get; init; }

    /// <summary>Taps k of the convolution.</summary>
    public required int ConvolutionTaps { get; init; }

    /// <summary>Inner width f of the feed-forward.</summary>
    public required int FeedForwardWidth { get; init; }

    /// <summary>Whether the Z path gates the mixer.</summary>
    public bool ItemGate { get; init; } = true;

    /// <summary>Whether the gate is rotated by position.</summary>
    public bool RotaryGate { get; init; }

    /// <summary>Features K of an event's time that the step sizes read; 0 for a model without a clock.</summary>
    public int TimeFeatures { get; init; }

    /// <summary>Temperature of L2-normalised scores, or null for plain products.</summary>
    public double? Temperature { get; init; }

    /// <summary>Encoders of sequences, which share the item vectors: one, or one for each domain.</summary>
    public int Encoders { get; init; } = 1;

    /// <summary>Inner width d_in of a latent head.</summary>
    public int InnerWidth => Expand * LatentWidth;

    /// <summary>Inner heads H of a latent head.</summary>
    public int InnerHeads => InnerWidth / InnerHeadWidth;

    /// <summary>Width v · d_c of all latent heads.</summary>
    public int LatentHeadsWidth => LatentHeads * LatentWidth;

    /// <summary>Channels of a latent head's convolution, for x, B and C. In shapes: C.</summary>
    public int ConvolvedWidth => InnerWidth + (2 * StateSize);

    /// <summary>Columns of a latent head's input projection, for z, x, B, C and dt. In shapes: Q.</summary>
    public int ProjectedWidth => InnerWidth + ConvolvedWidth + InnerHeads;

    /// <summary>Number of weights of such a model, item vectors and their padding row included.</summary>
    public long NumberOfParameters => EncoderWeights.Lengths(this).Sum(weight => weight.Length);
}
