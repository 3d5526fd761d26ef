namespace Microsoft.ML.Hydra.Numerics;

/// <summary>The part of a layer's gradients that belongs to one latent head.</summary>
internal readonly unsafe struct HeadGradients
{
    public float* Projection { get; private init; }

    public float* Taps { get; private init; }

    public float* TapBias { get; private init; }

    public float* StepBias { get; private init; }

    /// <summary>Null without a clock.</summary>
    public float* StepTimes { get; private init; }

    public float* LogRates { get; private init; }

    public float* Skips { get; private init; }

    public float* ScanNorm { get; private init; }

    public float* HeadOutput { get; private init; }

    /// <summary>Those of head <paramref name="head"/>.</summary>
    public static HeadGradients Of(ModelSizes sizes, in LayerWeights layer, nint head) => new()
    {
        Projection = layer.Projection + (head * sizes.LatentWidth * sizes.ProjectedWidth),
        Taps = layer.Taps + (head * sizes.ConvolutionTaps * sizes.ConvolvedWidth),
        TapBias = layer.TapBias + (head * sizes.ConvolvedWidth),
        StepBias = layer.StepBias + (head * sizes.InnerHeads),
        StepTimes = layer.StepTimes == null ? null : layer.StepTimes + (head * sizes.InnerHeads * sizes.TimeFeatures),
        LogRates = layer.LogRates + (head * sizes.InnerHeads),
        Skips = layer.Skips + (head * sizes.InnerHeads),
        ScanNorm = layer.ScanNorm + (head * sizes.InnerWidth),
        HeadOutput = layer.HeadOutput + (head * sizes.InnerWidth * sizes.LatentWidth),
    };
}
