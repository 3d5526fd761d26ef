using Microsoft.ML.Hydra.Numerics;
using Microsoft.ML.Hydra.Text.LanguageModels;

namespace Microsoft.ML.Hydra.Text.Forward;

/// <summary>
/// BERT (arXiv 1810.04805), RoBERTa and XLM-R:
/// <code>
/// x = LN(word + position + type)
/// x = LN(x + O attention(Q x, K x, V x))        x = LN(x + D gelu(U x))        in each layer; all maps have a bias
/// </code>
/// </summary>
internal sealed unsafe class BertModel : LanguageModel
{
    private readonly Layer[] _layers;
    private readonly Norm _norm;

    // position + type of each position, [positions, d]
    private readonly float[] _positions;

    public BertModel(LanguageModelWeights weights, Workspace workspace)
        : base(weights, "embeddings.word_embeddings.weight")
    {
        int d = Shape.Width;
        ReadOnlySpan<float> type = weights["embeddings.token_type_embeddings.weight"].AsSpan(0, d);
        _positions = (float[])weights["embeddings.position_embeddings.weight"].Clone();
        for (int i = 0; i < _positions.Length; i++)
        {
            _positions[i] += type[i % d];
        }

        _norm = Norm.Of(weights, "embeddings.LayerNorm");
        _layers = [.. Enumerable.Range(0, Shape.NumberOfLayers).Select(layer => new Layer(weights, FormattableString.Invariant($"encoder.layer.{layer}."), workspace))];
    }

    public override float* Run<TSimd, TVector>(TokenTexts texts, int task, TextPooling pooling, Arena arena)
    {
        (int d, int f, int rows) = (Shape.Width, Shape.InnerWidth, Rows(texts, task));
        float* x = arena.Floats((long)rows * d), mixed = arena.Floats((long)rows * d);
        float* projected = arena.Floats((long)rows * 3 * d), inner = arena.Floats((long)rows * f);
        Embed(texts, task, x);
        _norm.Apply<TSimd, TVector>(rows, d, Shape.NormEpsilon, x);
        foreach (Layer layer in _layers)
        {
            layer.Project.Apply<TSimd, TVector>(rows, x, projected, arena);
            Attend<TSimd, TVector>(texts, task, projected, mixed, arena);
            if (layer == _layers[^1] && pooling != TextPooling.Mean)
            {
                Keep(texts, task, pooling, x, d);
                rows = Keep(texts, task, pooling, mixed, d);
            }

            layer.Output.Add<TSimd, TVector>(rows, mixed, x, arena);
            layer.AttentionNorm.Apply<TSimd, TVector>(rows, d, Shape.NormEpsilon, x);
            layer.Up.Apply<TSimd, TVector>(rows, x, inner, arena);
            Activate<TSimd, TVector>(rows, f, inner);
            layer.Down.Add<TSimd, TVector>(rows, inner, x, arena);
            layer.OutputNorm.Apply<TSimd, TVector>(rows, d, Shape.NormEpsilon, x);
        }

        return x;
    }

    private void Embed(TokenTexts texts, int task, float* x)
    {
        int d = Shape.Width;
        foreach (int text in texts.Texts(task))
        {
            int position = Shape.FirstPosition;
            foreach (int token in texts.Tokens(text))
            {
                ReadOnlySpan<float> word = Embedding(token), place = _positions.AsSpan(position * d, d);
                for (int i = 0; i < d; i++)
                {
                    x[i] = word[i] + place[i];
                }

                x += d;
                position++;
            }
        }
    }

    private void Activate<TSimd, TVector>(int rows, int width, float* x)
        where TSimd : struct, ISimd<TVector>
    {
        long count = (long)rows * width;
        switch (Shape.Activation)
        {
            case LanguageModelActivation.Gelu:
                Gelu<TSimd, TVector>.Exact(count, x);
                break;
            case LanguageModelActivation.GeluTanh:
                Gelu<TSimd, TVector>.Tanh(count, x);
                break;
            case LanguageModelActivation.Silu:
                TileRows<TSimd, TVector>.Silu(rows, width, x, width, x);
                break;
            default:
                for (nint i = 0; i < count; i++)
                {
                    x[i] = Math.Max(x[i], 0);
                }

                break;
        }
    }

    private sealed class Layer(LanguageModelWeights weights, string name, Workspace workspace)
    {
        /// <summary>Queries, keys and values.</summary>
        public LinearLayer Project { get; } =
            LinearLayer.Of(weights, workspace, name + "attention.self.query", name + "attention.self.key", name + "attention.self.value");

        public LinearLayer Output { get; } = LinearLayer.Of(weights, workspace, name + "attention.output.dense");

        public Norm AttentionNorm { get; } = Norm.Of(weights, name + "attention.output.LayerNorm");

        public LinearLayer Up { get; } = LinearLayer.Of(weights, workspace, name + "intermediate.dense");

        public LinearLayer Down { get; } = LinearLayer.Of(weights, workspace, name + "output.dense");

        public Norm OutputNorm { get; } = Norm.Of(weights, name + "output.LayerNorm");
    }

    private sealed record Norm(float[] Weight, float[] Bias)
    {
        public static Norm Of(LanguageModelWeights weights, string name) => new(weights[name + ".weight"], weights[name + ".bias"]);

        public void Apply<TSimd, TVector>(int rows, int width, float epsilon, float* x)
            where TSimd : struct, ISimd<TVector>
        {
            fixed (float* weight = Weight, bias = Bias)
            {
                LayerNorm<TSimd, TVector>.Forward(rows, new(width, weight, bias, epsilon), new(x, width), new(x, width));
            }
        }
    }
}
