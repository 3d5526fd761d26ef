namespace Microsoft.ML.Hydra.Numerics;

/// <summary>What both directions of a latent head need of one sequence, from the head's input to the operands of its scan.</summary>
internal readonly unsafe ref struct MixerHead<TSimd, TVector>
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    private readonly LayerPass _pass;
    private readonly int _head;

    /// <param name="pass">The layer at work.</param>
    /// <param name="head">Which head.</param>
    /// <param name="first">First row of the sequence.</param>
    /// <param name="length">L: its tokens.</param>
    /// <param name="past">Inputs of the convolution before the first token, <c>[k − 1, C]</c>, which become those before the token after the last; null for none.</param>
    /// <param name="arena">Holds the results.</param>
    public MixerHead(LayerPass pass, int head, nint first, int length, float* past, Arena arena)
    {
        (_pass, _head, Length) = (pass, head, length);
        ModelSizes sizes = pass.Sizes;
        (int latent, int inner, int heads, int convolved) = (sizes.LatentWidth, sizes.InnerWidth, sizes.InnerHeads, sizes.ConvolvedWidth);
        Stride = sizes.ProjectedWidth;
        Input = arena.Floats((long)length * latent);
        int before = past == null ? 0 : sizes.ConvolutionTaps - 1;
        float* rows = arena.Floats((long)(before + length) * Stride), convolvedRows = arena.Floats((long)(before + length) * convolved);
        Projected = rows + ((nint)before * Stride);
        Convolved = convolvedRows + ((nint)before * convolved);
        Steps = arena.Floats((long)length * heads);
        float* rates = arena.Floats(heads);

        float* x = pass.Kept.X + (first * sizes.LatentHeadsWidth) + (head * latent);
        TileRows<TSimd, TVector>.Silu(length, latent, x, sizes.LatentHeadsWidth, Input);
        pass.Packed.Projection[head].Multiply<TSimd, TVector>(length, Input, latent, Projected, Stride, false, arena);
        for (nint i = 0; i < before; i++)
        {
            new ReadOnlySpan<float>(past + (i * convolved), convolved).CopyTo(new(rows + (i * Stride) + inner, convolved));
        }

        Convolution = new()
        {
            Length = before + length,
            Channels = convolved,
            Taps = sizes.ConvolutionTaps,
            X = new(rows + inner, Stride),
            Weight = pass.Weights.Taps + ((nint)head * sizes.ConvolutionTaps * convolved),
            Bias = pass.Weights.TapBias + ((nint)head * convolved),
        };
        ConvolutionSilu<TSimd, TVector>.Forward(Convolution, new(convolvedRows, convolved));
        for (nint i = 0; i < before; i++)
        {
            new ReadOnlySpan<float>(rows + ((length + i) * Stride) + inner, convolved).CopyTo(new(past + (i * convolved), convolved));
        }

        Times = pass.Times == null
            ? default
            : new StepTimes(
                sizes.TimeFeatures, pass.Times + (first * sizes.TimeFeatures), pass.Weights.StepTimes + ((nint)head * heads * sizes.TimeFeatures));
        StepSizes<TSimd, TVector>.Forward(length, heads, Projected + inner + convolved, Stride, StepBias, Times, Steps);
        for (int i = 0; i < heads; i++)
        {
            rates[i] = -MathF.Exp(pass.Weights.LogRates[(head * heads) + i]);
        }

        RowPointer scanned = new(Convolved, convolved);
        Scan = new()
        {
            Length = length,
            Heads = heads,
            Width = sizes.InnerHeadWidth,
            StateSize = sizes.StateSize,
            X = scanned,
            Steps = new(Steps, heads),
            Rates = rates,
            B = scanned.From(0, inner),
            C = scanned.From(0, inner + sizes.StateSize),
            Skips = pass.Weights.Skips + ((nint)head * heads),
        };
    }

    public int Length { get; }

    /// <summary>SiLU(X_i), <c>[L, d_c]</c>.</summary>
    public float* Input { get; }

    /// <summary>[z | x | B | C | dt] before convolution and softplus, <c>[L, Q]</c>.</summary>
    public float* Projected { get; }

    /// <summary>Q: numbers from one row of the projection to the next.</summary>
    public int Stride { get; }

    /// <summary>[x | B | C] after the convolution and its SiLU, <c>[L, C]</c>.</summary>
    public float* Convolved { get; }

    /// <summary>dt, <c>[L, H]</c>.</summary>
    public float* Steps { get; }

    public ConvolutionOperands Convolution { get; }

    public ScanOperands Scan { get; }

    /// <summary>Bias of the head's step sizes, <c>[H]</c>.</summary>
    public float* StepBias => _pass.Weights.StepBias + ((nint)_head * _pass.Sizes.InnerHeads);

    /// <summary>What the events' times add to the step sizes.</summary>
    public StepTimes Times { get; }

    /// <summary>Weight of the norm after the scan, <c>[d_in]</c>.</summary>
    public float* NormWeight => _pass.Weights.ScanNorm + ((nint)_head * _pass.Sizes.InnerWidth);

    /// <summary><c>RMSNorm(y ∘ SiLU(z))</c> from a token on, <c>[L − from, d_in]</c>.</summary>
    public void GatedNorm(int from, float* y, float* gated, Arena arena)
    {
        (int inner, int rows) = (_pass.Sizes.InnerWidth, Length - from);
        RmsNorm<TSimd, TVector>.Forward(
            new(rows, inner, new(y + ((nint)from * inner), inner), new(Projected + ((nint)from * Stride), Stride), NormWeight), new(gated, inner), arena);
    }
}
