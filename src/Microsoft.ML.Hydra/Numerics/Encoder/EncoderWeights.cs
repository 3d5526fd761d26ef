namespace Microsoft.ML.Hydra.Numerics;

/// <summary>All weights of a model, or their gradients, in memory that the caller keeps in place.</summary>
internal sealed unsafe class EncoderWeights
{
    /// <summary>Name of the item vectors.</summary>
    public const string ItemVectors = "item_embedding";

    /// <summary>How the names of the weights of all encoders but the first begin.</summary>
    public const string FurtherEncoders = "encoders.";

    private EncoderWeights(LayerWeights[] layers) => Layers = layers;

    /// <summary>Gives the memory of the weight with a name, or null to leave it out.</summary>
    /// <param name="name">Its name in the model, as saved.</param>
    /// <param name="shape">Its dimensions, outermost first.</param>
    public delegate float* Source(string name, params ReadOnlySpan<long> shape);

    /// <summary>Item vectors, <c>[items + 1, d]</c>; row 0 is padding.</summary>
    public float* Items { get; private init; }

    /// <summary>RMSNorm of the embedding, <c>[d]</c>.</summary>
    public float* EmbeddingNorm { get; private init; }

    /// <summary>The layers, first to last.</summary>
    public LayerWeights[] Layers { get; }

    /// <summary>RMSNorm after the last layer, <c>[d]</c>.</summary>
    public float* FinalNorm { get; private init; }

    /// <summary>The name of a weight in a model of several encoders.</summary>
    /// <param name="encoder">Number of the encoder, from 0; the weights of the first have their own names.</param>
    /// <param name="weight">Name of the weight in its encoder.</param>
    public static string NameOf(int encoder, string weight) =>
        encoder == 0 ? weight : string.Create(CultureInfo.InvariantCulture, $"{FurtherEncoders}{encoder}.{weight}");

    /// <summary>Finds every weight by its name.</summary>
    public static EncoderWeights Bind(ModelSizes sizes, Source source)
    {
        long d = sizes.Width;
        float* items = source(ItemVectors, sizes.NumberOfItems + 1L, d);
        float* embeddingNorm = source("embedding_norm.weight", d);
        var layers = new LayerWeights[sizes.Layers];
        for (int i = 0; i < layers.Length; i++)
        {
            string layer = $"layers.{i}.";
            layers[i] = Layer(sizes, (name, shape) => source(layer + name, shape));
        }

        return new EncoderWeights(layers) { Items = items, EmbeddingNorm = embeddingNorm, FinalNorm = source("final_norm.weight", d) };
    }

    /// <summary>Names and lengths of all weights.</summary>
    public static IReadOnlyList<(string Name, long Length)> Lengths(ModelSizes sizes)
    {
        var lengths = new List<(string, long)>();
        Bind(sizes, (name, shape) =>
        {
            lengths.Add((name, Length(shape)));
            return null;
        });
        return lengths;
    }

    /// <summary>Numbers of a weight.</summary>
    public static long Length(ReadOnlySpan<long> shape)
    {
        long length = 1;
        foreach (long size in shape)
        {
            length *= size;
        }

        return length;
    }

    private static LayerWeights Layer(ModelSizes sizes, Source source)
    {
        (long d, long v, long latent) = (sizes.Width, sizes.LatentHeads, sizes.LatentHeadsWidth);
        (long inner, long convolved, long heads) = (sizes.InnerWidth, sizes.ConvolvedWidth, sizes.InnerHeads);
        return new LayerWeights
        {
            MixerNorm = source("mixer_norm.weight", d),
            X = source("mixer.x_proj", latent, d),
            Z = sizes.ItemGate ? source("mixer.z_proj", latent, d) : null,
            Projection = source("mixer.mamba.in_proj", v, sizes.LatentWidth, sizes.ProjectedWidth),
            Taps = source("mixer.mamba.conv_weight", v, sizes.ConvolutionTaps, convolved),
            TapBias = source("mixer.mamba.conv_bias", v, convolved),
            StepBias = source("mixer.mamba.dt_bias", v, heads),
            StepTimes = sizes.TimeFeatures > 0 ? source("mixer.mamba.dt_time", v, heads, sizes.TimeFeatures) : null,
            LogRates = source("mixer.mamba.A_log", v, heads),
            Skips = source("mixer.mamba.D", v, heads),
            ScanNorm = source("mixer.mamba.norm.weight", v, 1, inner),
            HeadOutput = source("mixer.mamba.out_proj", v, inner, sizes.LatentWidth),
            Output = source("mixer.out_proj", d, latent),
            FeedForwardNorm = source("feed_forward_norm.weight", d),
            GateUp = source("feed_forward.gate_up", 2L * sizes.FeedForwardWidth, d),
            Down = source("feed_forward.down", d, sizes.FeedForwardWidth),
        };
    }
}

/// <summary>
/// The weights of one layer, or their gradients, in pinned memory. Shapes in the notation of <see cref="ModelSizes"/>, where
/// Q is <see cref="ModelSizes.ProjectedWidth"/> and C is <see cref="ModelSizes.ConvolvedWidth"/>.
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

    /// <summary>The gradients of head <paramref name="head"/>.</summary>
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
