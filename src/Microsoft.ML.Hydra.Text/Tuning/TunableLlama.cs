using Microsoft.ML.Hydra.Text.LanguageModels;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Hydra.Text.Tuning;

/// <summary>
/// Llama, Qwen2 and Qwen3: an RMSNorm before each half of a layer, a token sees those before it, positions are rotations (arXiv 2302.13971, 2104.09864).
/// <code>
/// x ← x + Attention(RMSNorm(x)) W_o        x ← x + (SiLU(RMSNorm(x) W_gate) ∘ RMSNorm(x) W_up) W_down
/// </code>
/// </summary>
internal sealed class TunableLlama(LanguageModelWeights weights, TuningNumbers numbers, Func<string, bool> isTrained)
    : TunableModel(weights, numbers, isTrained)
{
    protected override string WordTable => "embed_tokens.weight";

    public override IEnumerable<string> QueriesAndValues() =>
        from layer in Enumerable.Range(0, Shape.NumberOfLayers)
        from part in new[] { "q_proj", "v_proj" }
        select $"layers.{layer}.self_attn.{part}";

    public override Tensor Embed(PackedTexts texts)
    {
        using DisposeScope scope = NewDisposeScope();
        return Words(texts).MoveToOuterDisposeScope();
    }

    public override Tensor Layer(int layer, Tensor hidden, PackedTexts texts)
    {
        using DisposeScope scope = NewDisposeScope();
        string name = $"layers.{layer}.";
        string self = name + "self_attn.";
        Tensor normed = Norm(hidden, name + "input_layernorm.weight").to(Numbers.Product);
        Tensor projected = Linear(normed, self + "q_proj", self + "k_proj", self + "v_proj");   // [T, (heads + 2 · shared heads) · width]
        Tensor attended = Linear(Attend(projected, self, texts).to(Numbers.Product), self + "o_proj").to(Numbers.Stored);
        Tensor middle = hidden + Dropout(attended);
        Tensor inner = Norm(middle, name + "post_attention_layernorm.weight").to(Numbers.Product);
        Tensor gated = nn.functional.silu(Linear(inner, name + "mlp.gate_proj")) * Linear(inner, name + "mlp.up_proj");
        Tensor outer = Linear(gated, name + "mlp.down_proj").to(Numbers.Stored);
        return (middle + Dropout(outer)).MoveToOuterDisposeScope();
    }

    public override Tensor Finish(Tensor hidden)
    {
        using DisposeScope scope = NewDisposeScope();
        return Norm(hidden, "norm.weight").MoveToOuterDisposeScope();
    }

    // x / √(mean x² + ε) ∘ w over the last dimension
    private Tensor Norm(Tensor x, string name) =>
        x * (x.square().mean([-1], keepdim: true) + Shape.NormEpsilon).rsqrt() * Find(name)!;

    // Each text attends to its own earlier tokens; queries share heads of keys and values. → [T, heads · width]
    private Tensor Attend(Tensor projected, string self, PackedTexts texts)
    {
        int heads = Shape.NumberOfHeads, shared = Shape.NumberOfKeyValueHeads, width = Shape.HeadWidth;
        Tensor[] parts = texts.Groups.Count == 1 ? [projected] : projected.split(texts.Sizes, 0);
        var contexts = new Tensor[parts.Length];
        for (int i = 0; i < parts.Length; i++)
        {
            (int count, int length) = texts.Groups[i];
            Tensor[] qkv = parts[i].to(Numbers.Stored).view(count, length, heads + 2 * shared, width).transpose(1, 2).split([heads, shared, shared], 1);
            (Tensor q, Tensor k) = (qkv[0], qkv[1]);
            if (Find(self + "q_norm.weight") is not null)
            {
                (q, k) = (Norm(q, self + "q_norm.weight"), Norm(k, self + "k_norm.weight"));
            }

            (Tensor cosines, Tensor sines) = Rotation(texts, length);
            (q, k) = (Rotate(q, cosines, sines), Rotate(k, cosines, sines));
            k = k.repeat_interleave(heads / shared, 1);
            Tensor v = qkv[2].repeat_interleave(heads / shared, 1);
            Tensor scores = (q * (1 / Math.Sqrt(width))).matmul(k.transpose(-1, -2));
            Tensor later = ones([length, length], ScalarType.Bool).triu(1);
            Tensor shares = Dropout(nn.functional.softmax(scores.masked_fill(later, double.NegativeInfinity), -1));
            contexts[i] = shares.matmul(v).transpose(1, 2).reshape((long)count * length, heads * width);
        }

        return contexts.Length == 1 ? contexts[0] : cat(contexts, 0);
    }

    // (x₁, x₂) → (x₁ cos − x₂ sin, x₂ cos + x₁ sin) for the halves of a head
    private static Tensor Rotate(Tensor x, Tensor cosines, Tensor sines)
    {
        Tensor[] halves = x.chunk(2, -1);
        return x * cosines + cat([-halves[1], halves[0]], -1) * sines;
    }

    // The angle of position p and pair j is p times the frequency of j; the halves of a head have the same pairs.
    private (Tensor Cosines, Tensor Sines) Rotation(PackedTexts texts, int length)
    {
        if (!texts.Rotations.TryGetValue(length, out (Tensor, Tensor) rotation))
        {
            double[] frequencies = Shape.RotaryFrequencies();
            var angles = new double[length * Shape.HeadWidth];
            for (int i = 0; i < angles.Length; i++)
            {
                angles[i] = i / Shape.HeadWidth * frequencies[i % Shape.HeadWidth % frequencies.Length];
            }

            Tensor all = torch.tensor(angles, [length, Shape.HeadWidth]);
            rotation = (all.cos().to(Numbers.Stored).DetachFromDisposeScope(), all.sin().to(Numbers.Stored).DetachFromDisposeScope());
            texts.Rotations.Add(length, rotation);
        }

        return rotation;
    }
}
