using Microsoft.ML.Hydra.Text.LanguageModels;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Hydra.Text.Tuning;

/// <summary>
/// BERT, RoBERTa and XLM-R: a LayerNorm after each half of a layer, all tokens of a text see each other (arXiv 1810.04805).
/// <code>
/// x ← LayerNorm(x + Attention(x) W_o)        x ← LayerNorm(x + GELU(x W_1) W_2)
/// </code>
/// </summary>
internal sealed class TunableBert(LanguageModelWeights weights, TuningNumbers numbers, Func<string, bool> isTrained)
    : TunableModel(weights, numbers, isTrained)
{
    protected override string WordTable => "embeddings.word_embeddings.weight";

    public override IEnumerable<string> QueriesAndValues() =>
        from layer in Enumerable.Range(0, Shape.NumberOfLayers)
        from part in new[] { "query", "value" }
        select $"encoder.layer.{layer}.attention.self.{part}";

    public override Tensor Embed(PackedTexts texts)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor positions = torch.tensor(Array.ConvertAll(texts.Positions, position => position + Shape.FirstPosition));
        Tensor sum = Words(texts) + Find("embeddings.position_embeddings.weight")!.index_select(0, positions);
        if (Find("embeddings.token_type_embeddings.weight") is Tensor types)
        {
            sum = sum + types[0].unsqueeze(0);
        }

        return Dropout(Norm(sum, "embeddings.LayerNorm")).MoveToOuterDisposeScope();
    }

    public override Tensor Layer(int layer, Tensor hidden, PackedTexts texts)
    {
        using DisposeScope scope = NewDisposeScope();
        string name = $"encoder.layer.{layer}.";
        string self = name + "attention.self.";
        Tensor projected = Linear(hidden.to(Numbers.Product), self + "query", self + "key", self + "value");   // [T, 3d]
        Tensor context = Attend(projected, texts);
        Tensor attended = Linear(context.to(Numbers.Product), name + "attention.output.dense").to(Numbers.Stored);
        Tensor middle = Norm(hidden + Dropout(attended), name + "attention.output.LayerNorm");
        Tensor inner = Activate(Linear(middle.to(Numbers.Product), name + "intermediate.dense"));    // [T, inner width]
        Tensor outer = Linear(inner, name + "output.dense").to(Numbers.Stored);
        return Norm(middle + Dropout(outer), name + "output.LayerNorm").MoveToOuterDisposeScope();
    }

    private Tensor Activate(Tensor x) => Shape.Activation switch
    {
        LanguageModelActivation.Gelu => nn.functional.gelu(x),
        LanguageModelActivation.GeluTanh => x * 0.5 * (1 + (Math.Sqrt(2 / Math.PI) * (x + 0.044715 * x.pow(3))).tanh()),
        LanguageModelActivation.Relu => nn.functional.relu(x),
        _ => nn.functional.silu(x),
    };

    private Tensor Norm(Tensor x, string name) =>
        nn.functional.layer_norm(x, [Shape.Width], Find(name + ".weight"), Find(name + ".bias"), Shape.NormEpsilon);

    // softmax(Q K^T / √head) V for each text and head; [T, 3d] → [T, d].
    private Tensor Attend(Tensor projected, PackedTexts texts)
    {
        int heads = Shape.NumberOfHeads, width = Shape.HeadWidth;
        Tensor[] parts = texts.Groups.Count == 1 ? [projected] : projected.split(texts.Sizes, 0);
        var contexts = new Tensor[parts.Length];
        for (int i = 0; i < parts.Length; i++)
        {
            LengthGroup group = texts.Groups[i];
            Tensor[] qkv = parts[i].to(Numbers.Stored).view(group.Count, group.Length, 3, heads, width).permute(2, 0, 3, 1, 4).unbind(0);   // [n, heads, t, width] each
            Tensor scores = (qkv[0] * (1 / Math.Sqrt(width))).matmul(qkv[1].transpose(-1, -2));
            Tensor shares = Dropout(nn.functional.softmax(scores, -1));
            contexts[i] = shares.matmul(qkv[2]).transpose(1, 2).reshape((long)group.Count * group.Length, heads * width);
        }

        return contexts.Length == 1 ? contexts[0] : cat(contexts, 0);
    }
}
