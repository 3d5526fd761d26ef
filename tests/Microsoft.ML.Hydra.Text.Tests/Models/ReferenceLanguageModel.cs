using System.Numerics;
using Microsoft.ML.Hydra.Text.LanguageModels;

namespace Microsoft.ML.Hydra.Text.Tests.Models;

/// <summary>The equations of BERT and Llama kinds in float64, a number at a time.</summary>
/// <param name="folder">The model.</param>
internal sealed class ReferenceLanguageModel(TinyFolder folder)
{
    /// <summary>The last hidden state of each token; −1 stands for the item token.</summary>
    public double[][] Encode(int[] tokens) => folder.Shape.Kind == LanguageModelKind.Bert ? Bert(tokens) : Llama(tokens);

    private double[][] Bert(int[] tokens)
    {
        string type = (string)folder.Configuration["model_type"]!;
        int first = type == "bert" ? 0 : (int)folder.Configuration["pad_token_id"]! + 1;
        double[][] x = [.. tokens.Select((token, i) => LayerNorm(
            Sum(Sum(Word(token, "embeddings.word_embeddings.weight"), Row("embeddings.position_embeddings.weight", first + i)), Row("embeddings.token_type_embeddings.weight", 0)),
            "embeddings.LayerNorm"))];
        for (int layer = 0; layer < folder.Shape.NumberOfLayers; layer++)
        {
            string name = $"encoder.layer.{layer}.";
            double[][] mixed = Attention(
                Map(x, name + "attention.self.query"), Map(x, name + "attention.self.key"), Map(x, name + "attention.self.value"), isCausal: false);
            x = Zip(x, Map(mixed, name + "attention.output.dense"), (a, b) => LayerNorm(Sum(a, b), name + "attention.output.LayerNorm"));
            double[][] inner = [.. Map(x, name + "intermediate.dense").Select(row => row.Select(Activate).ToArray())];
            x = Zip(x, Map(inner, name + "output.dense"), (a, b) => LayerNorm(Sum(a, b), name + "output.LayerNorm"));
        }

        return x;
    }

    private double[][] Llama(int[] tokens)
    {
        double[][] x = [.. tokens.Select(token => Word(token, "embed_tokens.weight"))];
        for (int layer = 0; layer < folder.Shape.NumberOfLayers; layer++)
        {
            string name = $"layers.{layer}.";
            double[][] n = [.. x.Select(row => RmsNorm(row, name + "input_layernorm.weight"))];
            double[][] q = Heads(Map(n, name + "self_attn.q_proj"), name + "self_attn.q_norm.weight"), k = Heads(Map(n, name + "self_attn.k_proj"), name + "self_attn.k_norm.weight");
            x = Zip(x, Map(Attention(q, k, Map(n, name + "self_attn.v_proj"), isCausal: true), name + "self_attn.o_proj"), Sum);
            n = [.. x.Select(row => RmsNorm(row, name + "post_attention_layernorm.weight"))];
            double[][] gated = Zip(Map(n, name + "mlp.gate_proj"), Map(n, name + "mlp.up_proj"), (g, u) => [.. g.Zip(u, (a, b) => a / (1 + Math.Exp(-a)) * b)]);
            x = Zip(x, Map(gated, name + "mlp.down_proj"), Sum);
        }

        return [.. x.Select(row => RmsNorm(row, "norm.weight"))];
    }

    // Each head normalised where the model does so, then turned: numbers i and i + w/2 are a complex number.
    private double[][] Heads(double[][] rows, string norm) => [.. rows.Select((row, position) => row.Chunk(folder.Shape.HeadWidth).SelectMany(head =>
    {
        double[] values = folder.Tensors.ContainsKey(norm) ? RmsNorm(head, norm) : head;
        int half = values.Length / 2;
        Complex[] turned = [.. Enumerable.Range(0, half).Select(i =>
            new Complex(values[i], values[i + half]) * Complex.FromPolarCoordinates(1, position * Frequency(i, values.Length)))];
        return turned.Select(number => number.Real).Concat(turned.Select(number => number.Imaginary));
    }).ToArray())];

    private double Frequency(int pair, int width)
    {
        double frequency = 1 / Math.Pow((double)folder.Configuration["rope_theta"]!, 2.0 * pair / width);
        if (folder.Configuration["rope_scaling"] is not { } scaling)
        {
            return frequency;
        }

        // As the comments of transformers' _compute_llama3_parameters state it
        (double factor, double low, double high, double old) = (
            (double)scaling["factor"]!, (double)scaling["low_freq_factor"]!, (double)scaling["high_freq_factor"]!, (double)scaling["original_max_position_embeddings"]!);
        double wave = 2 * Math.PI / frequency;
        if (wave < old / high)
        {
            return frequency;
        }

        if (wave > old / low)
        {
            return frequency / factor;
        }

        double smooth = ((old / wave) - low) / (high - low);
        return ((1 - smooth) * frequency / factor) + (smooth * frequency);
    }

    private double[][] Attention(double[][] q, double[][] k, double[][] v, bool isCausal)
    {
        int width = folder.Shape.HeadWidth, share = q[0].Length / k[0].Length;
        return [.. q.Select((row, i) => Enumerable.Range(0, row.Length / width).SelectMany(head =>
        {
            int other = head / share * width, seen = isCausal ? i + 1 : q.Length;
            double[] weights = [.. Enumerable.Range(0, seen).Select(j =>
                Math.Exp(Enumerable.Range(0, width).Sum(c => row[(head * width) + c] * k[j][other + c]) / Math.Sqrt(width)))];
            return Enumerable.Range(0, width).Select(c => Enumerable.Range(0, seen).Sum(j => weights[j] * v[j][other + c]) / weights.Sum());
        }).ToArray())];
    }

    private double[][] Map(double[][] x, string name)
    {
        float[] weight = folder.Tensors[name + ".weight"].Values<float>();
        float[]? bias = folder.Tensors.TryGetValue(name + ".bias", out Persistence.NamedTensor? tensor) ? tensor.Values<float>() : null;
        return [.. x.Select(row => Enumerable.Range(0, weight.Length / row.Length)
            .Select(o => (bias?[o] ?? 0) + row.Select((value, i) => value * weight[(o * row.Length) + i]).Sum()).ToArray())];
    }

    private double Activate(double x) => (string?)folder.Configuration["hidden_act"] switch
    {
        "relu" => Math.Max(x, 0),
        "silu" => x / (1 + Math.Exp(-x)),
        "gelu_new" => x / 2 * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (x + (0.044715 * x * x * x)))),
        _ => x * Normal(x),
    };

    // The distribution function of the normal distribution as its series around 0
    private static double Normal(double x)
    {
        double term = x, sum = x;
        for (int i = 1; i < 300; i++)
        {
            term *= x * x / ((2 * i) + 1);
            sum += term;
        }

        return 0.5 + (sum * Math.Exp(-x * x / 2) / Math.Sqrt(2 * Math.PI));
    }

    private double[] LayerNorm(double[] x, string name)
    {
        double mean = x.Average(), variance = x.Average(value => (value - mean) * (value - mean));
        float[] weight = folder.Tensors[name + ".weight"].Values<float>(), bias = folder.Tensors[name + ".bias"].Values<float>();
        return [.. x.Select((value, i) => ((value - mean) / Math.Sqrt(variance + (double)folder.Configuration["layer_norm_eps"]!) * weight[i]) + bias[i])];
    }

    private double[] RmsNorm(double[] x, string name)
    {
        float[] weight = folder.Tensors[name].Values<float>();
        double root = Math.Sqrt(x.Average(value => value * value) + (double)folder.Configuration["rms_norm_eps"]!);
        return [.. x.Select((value, i) => value / root * weight[i])];
    }

    private double[] Word(int token, string table) => token >= 0 ? Row(table, token) : [.. folder.Tensors["hydra.item_token"].Values<float>().Select(value => (double)value)];

    private double[] Row(string name, int row) => [.. folder.Tensors[name].Values<float>().Skip(row * folder.Shape.Width).Take(folder.Shape.Width).Select(value => (double)value)];

    private static double[] Sum(double[] a, double[] b) => [.. a.Zip(b, (x, y) => x + y)];

    private static double[][] Zip(double[][] a, double[][] b, Func<double[], double[], double[]> combine) => [.. a.Zip(b, combine)];
}
