using Microsoft.ML.Hydra.Persistence;

namespace Microsoft.ML.Hydra.Text.LanguageModels;

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
