using Microsoft.ML.Hydra.Model;
using Microsoft.ML.Hydra.Numerics;

namespace Microsoft.ML.Hydra.Tests.Model;

/// <summary>The whole model over one sequence in loops, straight from the equations: what <see cref="HydraModel"/> must give.</summary>
internal sealed class PlainHydra(IReadOnlyDictionary<string, double[]> weights, ModelSizes sizes)
{
    /// <param name="items">Item rows.</param>
    /// <param name="firstPosition">Position of the first of them.</param>
    /// <param name="times">Features of the events' times, <c>[L][K]</c>; null for none.</param>
    /// <returns><c>[L][d]</c>.</returns>
    public double[][] Run(int[] items, int firstPosition = 0, double[][]? times = null)
    {
        double[][] h = Norm([.. items.Select(Embedding)], "embedding_norm");
        for (int layer = 0; layer < sizes.Layers; layer++)
        {
            h = Add(h, Mix(Norm(h, $"layers.{layer}.mixer_norm"), $"layers.{layer}.mixer.", firstPosition, times));
            h = Add(h, FeedForward(Norm(h, $"layers.{layer}.feed_forward_norm"), $"layers.{layer}.feed_forward."));
        }

        return Norm(h, "final_norm");
    }

    /// <summary>Scores of all rows (padding too) after a hidden vector.</summary>
    public double[] Scores(double[] hidden) =>
        [.. Enumerable.Range(0, sizes.NumberOfItems + 1).Select(row =>
        {
            double[] item = Embedding(row);
            double product = Dot(hidden, item);
            return sizes.Temperature is double temperature
                ? product / Math.Sqrt(Dot(hidden, hidden)) / Math.Sqrt(Dot(item, item)) / temperature
                : product;
        })];

    private double[] Embedding(int row) => weights["item_embedding"][(row * sizes.Width)..((row + 1) * sizes.Width)];

    private double[][] Mix(double[][] h, string prefix, int firstPosition, double[][]? times)
    {
        (int v, int latent) = (sizes.LatentHeads, sizes.LatentWidth);
        double[][] x = [.. Linear(h, weights[prefix + "x_proj"]).Select(row => Array.ConvertAll(row, PlainLatentMamba.Silu))];
        var mamba = new PlainLatentMamba(weights, prefix + "mamba.", sizes);
        double[][][] heads = [.. Enumerable.Range(0, v).Select(i => mamba.Run(i, [.. x.Select(row => row[(i * latent)..((i + 1) * latent)])], times))];
        double[][] y = [.. h.Select((_, t) => heads.SelectMany(head => head[t]).ToArray())];
        if (sizes.ItemGate)
        {
            double[][] z = [.. Linear(h, weights[prefix + "z_proj"]).Select(row => Array.ConvertAll(row, PlainLatentMamba.Silu))];
            y = [.. y.Select((row, t) => row.Zip(sizes.RotaryGate ? Rotate(z[t], firstPosition + t) : z[t], (a, b) => a * b).ToArray())];
        }

        return Linear([.. y.Select(row => Array.ConvertAll(row, value => value / Math.Sqrt(v)))], weights[prefix + "out_proj"]);
    }

    // consecutive pairs of each latent head
    private double[] Rotate(double[] z, int position)
    {
        var turned = new double[z.Length];
        for (int i = 0; i < z.Length; i += 2)
        {
            double angle = position * Math.Pow(10000, -(double)(i % sizes.LatentWidth) / sizes.LatentWidth);
            turned[i] = z[i] * Math.Cos(angle) - z[i + 1] * Math.Sin(angle);
            turned[i + 1] = z[i] * Math.Sin(angle) + z[i + 1] * Math.Cos(angle);
        }

        return turned;
    }

    private double[][] FeedForward(double[][] h, string prefix)
    {
        int inner = sizes.FeedForwardWidth;
        double[][] both = Linear(h, weights[prefix + "gate_up"]);
        double[][] gated = [.. both.Select(row => Enumerable.Range(0, inner).Select(i => PlainLatentMamba.Silu(row[i]) * row[inner + i]).ToArray())];
        return Linear(gated, weights[prefix + "down"]);
    }

    private double[][] Norm(double[][] h, string name) => [.. h.Select(row => PlainLatentMamba.Norm(row, weights[name + ".weight"]))];

    private static double[][] Add(double[][] a, double[][] b) => [.. a.Zip(b, (x, y) => x.Zip(y, (p, q) => p + q).ToArray())];

    // weight [out, in]
    private static double[][] Linear(double[][] h, double[] weight) =>
        [.. h.Select(row => Enumerable.Range(0, weight.Length / row.Length).Select(o => Dot(row, weight.AsSpan(o * row.Length, row.Length))).ToArray())];

    private static double Dot(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        double sum = 0;
        for (int i = 0; i < a.Length; i++)
        {
            sum += a[i] * b[i];
        }

        return sum;
    }
}
