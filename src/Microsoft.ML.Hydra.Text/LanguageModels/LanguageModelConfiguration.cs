using System.Text.Json;

namespace Microsoft.ML.Hydra.Text.LanguageModels;

/// <summary>Reads the <c>config.json</c> of a Hugging Face folder. What would change a result and is not computed here is refused.</summary>
internal static class LanguageModelConfiguration
{
    // Larger numbers would be damage: products of two of them stay within 64 bits.
    private const int MostTokens = 1 << 24;
    private const int WidestLayer = 1 << 20;
    private const int MostLayers = 4096;

    /// <exception cref="InvalidDataException">The file describes another kind of model, or is damaged.</exception>
    public static LanguageModelShape Read(ReadOnlyMemory<byte> bytes, string file)
    {
        var json = FolderJson.Parse(bytes, file);
        if (json.TryGet("quantization_config", out _))
        {
            throw json.NotSupported("has a 'quantization_config'", "weights of float32, float16 or bfloat16");
        }

        string type = json.Text("model_type") ?? "";
        return type switch
        {
            "bert" => Bert(json, type, 0),
            "roberta" or "xlm-roberta" => Bert(json, type, json.Integer("pad_token_id", 0, MostTokens, 1) + 1),
            "llama" or "qwen2" or "qwen3" => Llama(json, type),
            _ => throw json.NotSupported(
                $"describes a model of the type '{Persistence.MessageText.Of(type)}'", "model_type bert, roberta, xlm-roberta, llama, qwen2 or qwen3"),
        };
    }

    private static LanguageModelShape Bert(FolderJson json, string type, int firstPosition)
    {
        if (json.Text("position_embedding_type", "absolute") is not "absolute" and string positions)
        {
            throw json.NotSupported($"states position_embedding_type '{positions}'", "absolute");
        }

        if (json.Flag("is_decoder", false))
        {
            throw json.NotSupported("states that the model is a decoder", "an encoder, is_decoder = false");
        }

        int width = json.Integer("hidden_size", 1, WidestLayer), heads = json.Integer("num_attention_heads", 1, WidestLayer);
        CheckHeads(json, width, heads);
        return new LanguageModelShape
        {
            Kind = LanguageModelKind.Bert,
            ModelType = type,
            VocabularySize = json.Integer("vocab_size", 1, MostTokens),
            Width = width,
            NumberOfLayers = json.Integer("num_hidden_layers", 1, MostLayers),
            NumberOfHeads = heads,
            NumberOfKeyValueHeads = heads,
            HeadWidth = width / heads,
            InnerWidth = json.Integer("intermediate_size", 1, WidestLayer),
            MaximumTokens = json.Integer("max_position_embeddings", firstPosition + 2, MostTokens) - firstPosition,
            FirstPosition = firstPosition,
            NormEpsilon = (float)json.Positive("layer_norm_eps", 1e-12),
            Activation = json.Text("hidden_act", "gelu") switch
            {
                "gelu" => LanguageModelActivation.Gelu,
                "gelu_new" or "gelu_pytorch_tanh" => LanguageModelActivation.GeluTanh,
                "relu" => LanguageModelActivation.Relu,
                "silu" or "swish" => LanguageModelActivation.Silu,
                string other => throw json.NotSupported($"states hidden_act '{Persistence.MessageText.Of(other)}'", "gelu, gelu_new, gelu_pytorch_tanh, relu or silu"),
            },
        };
    }

    private static LanguageModelShape Llama(FolderJson json, string type)
    {
        if (json.Text("hidden_act", "silu") is not "silu" and string activation)
        {
            throw json.NotSupported($"states hidden_act '{Persistence.MessageText.Of(activation)}'", "silu");
        }

        int width = json.Integer("hidden_size", 1, WidestLayer), heads = json.Integer("num_attention_heads", 1, WidestLayer);
        int shared = json.Integer("num_key_value_heads", 1, heads, heads);
        if (heads % shared != 0)
        {
            throw json.NotSupported(FormattableString.Invariant($"states num_key_value_heads {shared} and num_attention_heads {heads}"), "a divisor of the latter");
        }

        if (!json.TryGet("head_dim", out _))
        {
            CheckHeads(json, width, heads);
        }

        int headWidth = json.Integer("head_dim", 2, WidestLayer, width / heads);
        if (headWidth % 2 != 0)
        {
            throw json.NotSupported(FormattableString.Invariant($"gives heads of {headWidth} numbers"), "an even number, as rotary positions turn pairs");
        }

        int positions = json.Integer("max_position_embeddings", 2, int.MaxValue);
        if (json.Flag("use_sliding_window", false) && json.TryGet("sliding_window", out _))
        {
            positions = Math.Min(positions, json.Integer("sliding_window", 2, int.MaxValue));   // within the window it changes nothing
        }

        // Newer files hold base and scaling in one object.
        FolderJson rotary = json.Object("rope_parameters") ?? json;
        return new LanguageModelShape
        {
            Kind = LanguageModelKind.Llama,
            ModelType = type,
            VocabularySize = json.Integer("vocab_size", 1, MostTokens),
            Width = width,
            NumberOfLayers = json.Integer("num_hidden_layers", 1, MostLayers),
            NumberOfHeads = heads,
            NumberOfKeyValueHeads = shared,
            HeadWidth = headWidth,
            InnerWidth = json.Integer("intermediate_size", 1, WidestLayer),
            MaximumTokens = positions,
            NormEpsilon = (float)json.Positive("rms_norm_eps", 1e-6),
            Activation = LanguageModelActivation.Silu,
            RotaryBase = rotary.Positive("rope_theta", json.Positive("rope_theta", 10_000)),
            RotaryScaling = Scaling(json.Object("rope_scaling") ?? json.Object("rope_parameters")),
        };
    }

    private static RotaryScaling? Scaling(FolderJson? json) =>
        (json?.Text("rope_type") ?? json?.Text("type", "default")) switch
        {
            null or "default" => null,
            "linear" => new RotaryScaling(json!.Positive("factor")),
            "llama3" => Llama3(json!),
            string other => throw json!.NotSupported($"states the rope_type '{Persistence.MessageText.Of(other)}'", "default, linear or llama3"),
        };

    private static RotaryScaling Llama3(FolderJson json)
    {
        (double low, double high) = (json.Positive("low_freq_factor"), json.Positive("high_freq_factor"));
        return low < high
            ? new RotaryScaling(json.Positive("factor"), low, high, json.Positive("original_max_position_embeddings"))
            : throw json.NotSupported(FormattableString.Invariant($"states low_freq_factor {low} and high_freq_factor {high}"), "a higher high_freq_factor");
    }

    private static void CheckHeads(FolderJson json, int width, int heads)
    {
        if (width % heads != 0)
        {
            throw json.NotSupported(FormattableString.Invariant($"states hidden_size {width} and num_attention_heads {heads}"), "a divisor of the former");
        }
    }
}
