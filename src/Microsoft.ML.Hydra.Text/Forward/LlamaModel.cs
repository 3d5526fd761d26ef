using Microsoft.ML.Hydra.Numerics;
using Microsoft.ML.Hydra.Text.LanguageModels;

namespace Microsoft.ML.Hydra.Text.Forward;

/// <summary>
/// Llama (arXiv 2302.13971), Qwen2 and Qwen3:
/// <code>
/// x = word
/// x = x + O attention(R Q n, R K n, V n), n = RMS(x)        x = x + D (SiLU(G n) ∘ U n), n = RMS(x)        in each layer
/// x = RMS(x)
/// </code>
/// R turns the pairs of a head by angles that grow with the position; Qwen2 adds biases to Q, K and V, and Qwen3 normalises the heads of Q and K before R.
/// </summary>
internal sealed unsafe class LlamaModel : LanguageModel
{
    private readonly Layer[] _layers;
    private readonly float[] _norm;

    // cos and sin of each position's angles, [positions, w]: w/2 cosines, then w/2 sines
    private readonly float[] _rotations;

    public LlamaModel(LanguageModelWeights weights, int maximumTokens, Workspace workspace)
        : base(weights, "embed_tokens.weight")
    {
        _norm = weights["norm.weight"];
        _layers = [.. Enumerable.Range(0, Shape.NumberOfLayers).Select(layer => new Layer(weights, FormattableString.Invariant($"layers.{layer}."), workspace))];
        double[] frequencies = Shape.RotaryFrequencies();
        int half = frequencies.Length;
        _rotations = new float[checked(maximumTokens * 2 * half)];
        for (int i = 0; i < _rotations.Length; i++)
        {
            double angle = i / (2 * half) * frequencies[i % half];
            _rotations[i] = (float)(i % (2 * half) < half ? Math.Cos(angle) : Math.Sin(angle));
        }
    }

    public override float* Run<TSimd, TVector>(TokenTexts texts, int task, TextPooling pooling, Arena arena)
    {
        (int d, int f, int rows) = (Shape.Width, Shape.InnerWidth, Rows(texts, task));
        int heads = Shape.NumberOfHeads * Shape.HeadWidth, all = heads + (2 * Shape.NumberOfKeyValueHeads * Shape.HeadWidth);
        float* x = arena.Floats((long)rows * d), normed = arena.Floats((long)rows * d), mixed = arena.Floats((long)rows * heads);
        float* projected = arena.Floats((long)rows * all), gateUp = arena.Floats((long)rows * 2 * f), inner = arena.Floats((long)rows * f);
        Embed(texts, task, x);
        foreach (Layer layer in _layers)
        {
            Normalize<TSimd, TVector>(rows, d, x, layer.AttentionNorm, normed, arena);
            layer.Project.Apply<TSimd, TVector>(rows, normed, projected, arena);
            NormalizeHeads<TSimd, TVector>(rows, all, projected, 0, Shape.NumberOfHeads, layer.QueryNorm, arena);
            NormalizeHeads<TSimd, TVector>(rows, all, projected, heads, Shape.NumberOfKeyValueHeads, layer.KeyNorm, arena);
            Rotate(texts, task, all, projected);
            Attend<TSimd, TVector>(texts, task, projected, mixed, arena);
            if (layer == _layers[^1] && pooling != TextPooling.Mean)
            {
                Keep(texts, task, pooling, x, d);
                rows = Keep(texts, task, pooling, mixed, heads);
            }

            layer.Output.Add<TSimd, TVector>(rows, mixed, x, arena);
            Normalize<TSimd, TVector>(rows, d, x, layer.FeedForwardNorm, normed, arena);
            layer.GateUp.Apply<TSimd, TVector>(rows, normed, gateUp, arena);
            SwiGlu<TSimd, TVector>.Forward(rows, f, new(gateUp, 2 * f), new(inner, f));
            layer.Down.Add<TSimd, TVector>(rows, inner, x, arena);
        }

        Normalize<TSimd, TVector>(rows, d, x, _norm, x, arena);
        return x;
    }

    private void Embed(TokenTexts texts, int task, float* x)
    {
        foreach (int text in texts.Texts(task))
        {
            foreach (int token in texts.Tokens(text))
            {
                Embedding(token).CopyTo(new Span<float>(x, Shape.Width));
                x += Shape.Width;
            }
        }
    }

    private void Normalize<TSimd, TVector>(int rows, int width, float* x, float[] weight, float* y, Arena arena)
        where TSimd : struct, ISimd<TVector>
    {
        fixed (float* w = weight)
        {
            ArenaMark mark = arena.Mark();
            var operands = new NormOperands(rows, width, new(x, width), default, w) { Epsilon = Shape.NormEpsilon };
            RmsNorm<TSimd, TVector>.Forward(operands, new(y, width), arena);
            arena.Release(mark);
        }
    }

    // The heads from a column on, each by itself; nothing without a weight
    private void NormalizeHeads<TSimd, TVector>(int rows, int row, float* projected, int column, int heads, float[]? weight, Arena arena)
        where TSimd : struct, ISimd<TVector>
    {
        if (weight is null)
        {
            return;
        }

        fixed (float* w = weight)
        {
            for (int head = 0; head < heads; head++)
            {
                ArenaMark mark = arena.Mark();
                var place = new RowPointer(projected + column + (head * Shape.HeadWidth), row);
                var operands = new NormOperands(rows, Shape.HeadWidth, place, default, w) { Epsilon = Shape.NormEpsilon };
                RmsNorm<TSimd, TVector>.Forward(operands, place, arena);
                arena.Release(mark);
            }
        }
    }

    // Number i of a head and number i + w/2 are a pair: (a, b) becomes (a cos − b sin, b cos + a sin).
    private void Rotate(TokenTexts texts, int task, int row, float* projected)
    {
        int half = Shape.HeadWidth / 2, heads = Shape.NumberOfHeads + Shape.NumberOfKeyValueHeads;
        foreach (int text in texts.Texts(task))
        {
            int tokens = texts.Tokens(text).Length;
            for (int position = 0; position < tokens; position++, projected += row)
            {
                ReadOnlySpan<float> cosines = _rotations.AsSpan(position * 2 * half, half), sines = _rotations.AsSpan((position * 2 * half) + half, half);
                for (int head = 0; head < heads; head++)
                {
                    float* first = projected + (head * 2 * half), second = first + half;
                    for (int i = 0; i < half; i++)
                    {
                        (float a, float b) = (first[i], second[i]);
                        first[i] = (a * cosines[i]) - (b * sines[i]);
                        second[i] = (b * cosines[i]) + (a * sines[i]);
                    }
                }
            }
        }
    }

    private sealed class Layer(LanguageModelWeights weights, string name, Workspace workspace)
    {
        public float[] AttentionNorm { get; } = weights[name + "input_layernorm.weight"];

        /// <summary>Queries, keys and values.</summary>
        public LinearLayer Project { get; } =
            LinearLayer.Of(weights, workspace, name + "self_attn.q_proj", name + "self_attn.k_proj", name + "self_attn.v_proj");

        public float[]? QueryNorm { get; } = Optional(weights, name + "self_attn.q_norm.weight");

        public float[]? KeyNorm { get; } = Optional(weights, name + "self_attn.k_norm.weight");

        public LinearLayer Output { get; } = LinearLayer.Of(weights, workspace, name + "self_attn.o_proj");

        public float[] FeedForwardNorm { get; } = weights[name + "post_attention_layernorm.weight"];

        public LinearLayer GateUp { get; } = LinearLayer.Of(weights, workspace, name + "mlp.gate_proj", name + "mlp.up_proj");

        public LinearLayer Down { get; } = LinearLayer.Of(weights, workspace, name + "mlp.down_proj");

        private static float[]? Optional(LanguageModelWeights weights, string name) => weights.Tensors.ContainsKey(name) ? weights[name] : null;
    }
}
