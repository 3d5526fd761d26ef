using Microsoft.ML.Hydra.Persistence;

namespace Microsoft.ML.Hydra.Text.LanguageModels;

/// <summary>A tensor that a model has, or may have.</summary>
/// <param name="Name">Its Hugging Face name without a prefix.</param>
/// <param name="Shape">Its dimensions; 0 stands for any number from 1.</param>
/// <param name="IsOptional">Whether a model may be without it.</param>
internal sealed record ExpectedTensor(string Name, long[] Shape, bool IsOptional = false)
{
    /// <summary>Whether a shape is the expected one.</summary>
    public bool Fits(ReadOnlySpan<long> shape)
    {
        if (shape.Length != Shape.Length)
        {
            return false;
        }

        for (int i = 0; i < shape.Length; i++)
        {
            if (Shape[i] == 0 ? shape[i] < 1 : shape[i] != Shape[i])
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>The shape as messages show it, as in <c>[any, 384]</c>.</summary>
    public string ShapeText => $"[{string.Join(", ", Shape.Select(dimension => dimension == 0 ? "any" : dimension.ToString(CultureInfo.InvariantCulture)))}]";
}

/// <summary>Which tensors the forward of a model reads, under which names.</summary>
internal static class LanguageModelTensors
{
    /// <summary>What may stand before all names of a model in a file.</summary>
    public static IReadOnlyList<string> Prefixes { get; } = ["", "bert.", "roberta.", "model."];

    /// <summary>The tensors of a model; a matrix is [out, in].</summary>
    public static IReadOnlyList<ExpectedTensor> Of(LanguageModelShape shape) =>
    [
        .. shape.Kind == LanguageModelKind.Bert ? Bert(shape) : Llama(shape),
        new(LanguageModelWeights.ItemToken, [shape.Width], IsOptional: true),
        new(LanguageModelWeights.Projection, [0, shape.Width], IsOptional: true),
    ];

    /// <summary>A name of an older file as files have it today.</summary>
    public static string Modern(string name) =>
        name.EndsWith("LayerNorm.gamma", StringComparison.Ordinal) ? name[..^5] + "weight"
        : name.EndsWith("LayerNorm.beta", StringComparison.Ordinal) ? name[..^4] + "bias"
        : name;

    private static IEnumerable<ExpectedTensor> Bert(LanguageModelShape shape)
    {
        (long d, long f) = (shape.Width, shape.InnerWidth);
        yield return new("embeddings.word_embeddings.weight", [shape.VocabularySize, d]);
        yield return new("embeddings.position_embeddings.weight", [shape.FirstPosition + shape.MaximumTokens, d]);
        yield return new("embeddings.token_type_embeddings.weight", [0, d]);
        foreach (ExpectedTensor norm in Norm("embeddings.LayerNorm"))
        {
            yield return norm;
        }

        for (int layer = 0; layer < shape.NumberOfLayers; layer++)
        {
            string start = FormattableString.Invariant($"encoder.layer.{layer}.");
            ExpectedTensor[] tensors =
            [
                .. Linear("attention.self.query", d, d), .. Linear("attention.self.key", d, d), .. Linear("attention.self.value", d, d),
                .. Linear("attention.output.dense", d, d), .. Norm("attention.output.LayerNorm"),
                .. Linear("intermediate.dense", f, d), .. Linear("output.dense", d, f), .. Norm("output.LayerNorm"),
            ];
            foreach (ExpectedTensor tensor in tensors)
            {
                yield return tensor with { Name = start + tensor.Name };
            }
        }

        IEnumerable<ExpectedTensor> Norm(string name) => [new($"{name}.weight", [d]), new($"{name}.bias", [d])];
        static IEnumerable<ExpectedTensor> Linear(string name, long outputs, long inputs) =>
            [new($"{name}.weight", [outputs, inputs]), new($"{name}.bias", [outputs])];
    }

    private static IEnumerable<ExpectedTensor> Llama(LanguageModelShape shape)
    {
        (long d, long f, long head) = (shape.Width, shape.InnerWidth, shape.HeadWidth);
        (long queries, long shared) = (shape.NumberOfHeads * head, shape.NumberOfKeyValueHeads * head);
        bool biases = shape.ModelType == "qwen2", norms = shape.ModelType == "qwen3";   // without them the model would be another one
        yield return new("embed_tokens.weight", [shape.VocabularySize, d]);
        for (int layer = 0; layer < shape.NumberOfLayers; layer++)
        {
            string start = FormattableString.Invariant($"layers.{layer}.");
            ExpectedTensor[] tensors =
            [
                new("input_layernorm.weight", [d]),
                .. Linear("self_attn.q_proj", queries, d, !biases), .. Linear("self_attn.k_proj", shared, d, !biases),
                .. Linear("self_attn.v_proj", shared, d, !biases), .. Linear("self_attn.o_proj", d, queries, true),
                new("self_attn.q_norm.weight", [head], !norms), new("self_attn.k_norm.weight", [head], !norms),
                new("post_attention_layernorm.weight", [d]),
                .. Linear("mlp.gate_proj", f, d, true), .. Linear("mlp.up_proj", f, d, true), .. Linear("mlp.down_proj", d, f, true),
            ];
            foreach (ExpectedTensor tensor in tensors)
            {
                yield return tensor with { Name = start + tensor.Name };
            }
        }

        yield return new("norm.weight", [d]);

        static IEnumerable<ExpectedTensor> Linear(string name, long outputs, long inputs, bool biasIsOptional) =>
            [new($"{name}.weight", [outputs, inputs]), new($"{name}.bias", [outputs], biasIsOptional)];
    }
}

/// <summary>
/// The tensors of a language model in float32, under their Hugging Face names without a prefix such as "bert." or "model.":
/// "embeddings.word_embeddings.weight" [V, d], "encoder.layer.0.attention.self.query.weight" [d, d] (out, in) and so on;
/// of Llama "embed_tokens.weight", "layers.0.self_attn.q_proj.weight" and so on.
/// </summary>
internal sealed class LanguageModelWeights(LanguageModelShape shape, IReadOnlyDictionary<string, NamedTensor> tensors)
{
    /// <summary>The trained vector of <c>[ITEM]</c>, [d]: in folders that were tuned with it.</summary>
    public const string ItemToken = "hydra.item_token";

    /// <summary>A linear map of the pooled vector, [out, d]: in folders whose tuning ended in one.</summary>
    public const string Projection = "hydra.projection";

    public LanguageModelShape Shape { get; } = shape;

    public IReadOnlyDictionary<string, NamedTensor> Tensors { get; } = tensors;

    /// <summary>The values of a tensor, row-major.</summary>
    public float[] this[string name] => Tensors[name].Values<float>();
}
