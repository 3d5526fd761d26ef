namespace Microsoft.ML.Hydra.Text.LanguageModels;

/// <summary>The two kinds of layers: BERT's (LayerNorm after each half, all tokens see each other) and Llama's (RMSNorm before each half, causal, rotary positions).</summary>
internal enum LanguageModelKind
{
    /// <summary>BERT, RoBERTa and XLM-R: they differ in where positions begin.</summary>
    Bert,

    /// <summary>Llama, Qwen2 and Qwen3: they differ in biases and in norms of queries and keys, which the weights show.</summary>
    Llama,
}

/// <summary>The function between the two matrices of BERT's feed-forward half.</summary>
internal enum LanguageModelActivation
{
    /// <summary><c>x Φ(x)</c> with the error function.</summary>
    Gelu,

    /// <summary>Its approximation by the hyperbolic tangent.</summary>
    GeluTanh,

    /// <summary><c>max(x, 0)</c>.</summary>
    Relu,

    /// <summary><c>x σ(x)</c>, the only one of Llama kinds.</summary>
    Silu,
}

/// <summary>The sizes and constants of a language model, from its <c>config.json</c>.</summary>
internal sealed record LanguageModelShape
{
    public required LanguageModelKind Kind { get; init; }

    /// <summary>The model's <c>model_type</c>, such as "bert", "roberta", "xlm-roberta", "llama", "qwen2", "qwen3".</summary>
    public required string ModelType { get; init; }

    /// <summary>Tokens of the vocabulary, V.</summary>
    public required int VocabularySize { get; init; }

    /// <summary>Numbers of a hidden state, d.</summary>
    public required int Width { get; init; }

    /// <summary>Layers, L.</summary>
    public required int NumberOfLayers { get; init; }

    /// <summary>Heads of the queries.</summary>
    public required int NumberOfHeads { get; init; }

    /// <summary>Heads of keys and values; fewer than the queries have where queries share them (Llama). Equal to <see cref="NumberOfHeads"/> for BERT.</summary>
    public required int NumberOfKeyValueHeads { get; init; }

    /// <summary>Numbers of a head.</summary>
    public required int HeadWidth { get; init; }

    /// <summary>Numbers of the inner layer of the feed-forward half.</summary>
    public required int InnerWidth { get; init; }

    /// <summary>The most tokens of a text, those that the tokenizer adds included.</summary>
    public required int MaximumTokens { get; init; }

    /// <summary>The position of the first token: 0, and <c>pad_token_id</c> + 1 for RoBERTa.</summary>
    public int FirstPosition { get; init; }

    /// <summary>Added to the variance, or to the mean of squares, in each norm.</summary>
    public required float NormEpsilon { get; init; }

    /// <summary>The function inside the feed-forward half.</summary>
    public LanguageModelActivation Activation { get; init; }

    /// <summary>The base of the rotary positions (Llama).</summary>
    public double RotaryBase { get; init; } = 10_000;

    /// <summary>How the rotary frequencies were changed for longer texts; null where they were not (Llama).</summary>
    public RotaryScaling? RotaryScaling { get; init; }

    /// <summary>The angle of a position for each pair of a head's numbers: <c>base^(−2i / width)</c>, scaled.</summary>
    public double[] RotaryFrequencies() =>
    [
        .. from pair in Enumerable.Range(0, HeadWidth / 2)
           let frequency = Math.Pow(RotaryBase, -2.0 * pair / HeadWidth)
           select RotaryScaling?.Scale(frequency) ?? frequency,
    ];
}

/// <summary>
/// Slower rotary frequencies: all divided by a factor ("linear"), or only the slow ones, with a ramp between ("llama3" of Llama 3.1 and later).
/// </summary>
/// <param name="Factor">What slow frequencies are divided by.</param>
/// <param name="LowFactor">Turns within the first positions below which a frequency is slow; null to divide all.</param>
/// <param name="HighFactor">Turns above which a frequency stays as it is.</param>
/// <param name="OriginalPositions">The positions that the model was first trained with.</param>
internal sealed record RotaryScaling(double Factor, double? LowFactor = null, double HighFactor = 0, double OriginalPositions = 0)
{
    /// <summary>The frequency to use in place of another, in radians a position.</summary>
    public double Scale(double frequency)
    {
        if (LowFactor is not double low)
        {
            return frequency / Factor;
        }

        double turns = OriginalPositions * frequency / (2 * Math.PI);
        double kept = Math.Clamp((turns - low) / (HighFactor - low), 0, 1);
        return frequency * (kept + ((1 - kept) / Factor));
    }
}
