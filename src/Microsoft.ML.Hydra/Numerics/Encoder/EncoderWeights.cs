namespace Microsoft.ML.Hydra.Numerics;

/// <summary>All weights of a model, or their gradients, in memory that someone else keeps in place.</summary>
internal sealed unsafe class EncoderWeights
{
    /// <summary>Name of the item vectors.</summary>
    public const string ItemVectors = "item_embedding";

    private EncoderWeights(LayerWeights[] layers) => Layers = layers;

    /// <summary>Where the weight of a name lies, or null to leave it out.</summary>
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
