using Microsoft.ML.Hydra.Model;
using Microsoft.ML.Hydra.Numerics;
using Microsoft.ML.Hydra.Tests.Compute;
using Microsoft.ML.Hydra.Tests.Numerics.Reference;
using static TorchSharp.torch;

namespace Microsoft.ML.Hydra.Tests.Model;

/// <summary>
/// One latent head's Mamba-2 over one sequence, straight from the equations: what <see cref="LatentMamba"/> must give. All but the
/// scan, which is <see cref="ReferenceScan"/>, are loops over numbers.
/// </summary>
internal sealed class PlainLatentMamba(IReadOnlyDictionary<string, double[]> weights, string prefix, ModelSizes sizes)
{
    /// <param name="latentHead">Index of the latent head.</param>
    /// <param name="u">Its inputs, <c>[L][d_c]</c>.</param>
    /// <param name="times">Features of the events' times, <c>[L][K]</c>; null for none.</param>
    /// <returns><c>[L][d_c]</c>.</returns>
    public double[][] Run(int latentHead, double[][] u, double[][]? times = null)
    {
        (int inner, int heads, int state) = (sizes.InnerWidth, sizes.InnerHeads, sizes.StateSize);
        int convolved = inner + 2 * state;
        int projected = inner + convolved + heads;
        double[][] all = [.. u.Select(row => Project(row, At("in_proj", latentHead, sizes.LatentWidth * projected), projected))];
        double[][] z = Slice(all, 0, inner);
        double[][] xbc = Convolve(Slice(all, inner, convolved), latentHead);
        double[][] steps = Slice(all, inner + convolved, heads);
        double[] stepBias = At("dt_bias", latentHead, heads), logRate = At("A_log", latentHead, heads), skip = At("D", latentHead, heads);
        double[] normWeight = At("norm.weight", latentHead, inner), outWeight = At("out_proj", latentHead, inner * sizes.LatentWidth);

        double[][] dt = [.. steps.Select((row, t) => row.Select(
            (raw, head) => Math.Log(1 + Math.Exp(raw + stepBias[head] + FromTime(latentHead, head, times?[t])))).ToArray())];
        double[][] x = Slice(xbc, 0, inner);
        double[] scanned = ReferenceScan.Run(
            Sequence(x).view(1, 1, u.Length, heads, sizes.InnerHeadWidth), Sequence(dt), tensor(Array.ConvertAll(logRate, value => -Math.Exp(value))).view(1, heads),
            Sequence(Slice(xbc, inner, state)), Sequence(Slice(xbc, inner + state, state))).Values();
        return [.. x.Select((row, t) =>
        {
            double[] y = [.. row.Select((value, channel) =>
                (scanned[(t * inner) + channel] + (skip[channel / sizes.InnerHeadWidth] * value)) * Silu(z[t][channel]))];
            return Project(Norm(y, normWeight), outWeight, sizes.LatentWidth);
        })];
    }

    // [1, 1, L, …]
    private static Tensor Sequence(double[][] rows) => tensor(rows.SelectMany(row => row).ToArray()).view(1, 1, rows.Length, -1);

    // W_time f of one inner head
    private double FromTime(int latentHead, int head, double[]? times) => times is null
        ? 0
        : times.Zip(At("dt_time", latentHead, sizes.InnerHeads * times.Length)[(head * times.Length)..], (f, w) => f * w).Sum();

    public static double Silu(double x) => x / (1 + Math.Exp(-x));

    public static double[] Norm(double[] x, double[] weight)
    {
        double scale = 1 / Math.Sqrt(x.Sum(v => v * v) / x.Length + 1e-5);
        return [.. x.Select((v, i) => v * scale * weight[i])];
    }

    // SiLU(bias + taps), the oldest tap first
    private double[][] Convolve(double[][] x, int latentHead)
    {
        (int channels, int taps) = (sizes.InnerWidth + 2 * sizes.StateSize, sizes.ConvolutionTaps);
        double[] weight = At("conv_weight", latentHead, taps * channels), bias = At("conv_bias", latentHead, channels);
        return [.. x.Select((_, t) => Enumerable.Range(0, channels).Select(c =>
        {
            double sum = bias[c];
            for (int back = 0; back < taps && back <= t; back++)
            {
                sum += weight[(taps - 1 - back) * channels + c] * x[t - back][c];
            }

            return Silu(sum);
        }).ToArray())];
    }

    private static double[][] Slice(double[][] rows, int start, int count) => [.. rows.Select(row => row[start..(start + count)])];

    // row vector times matrix [rows, columns]
    private static double[] Project(double[] row, double[] matrix, int columns) =>
        [.. Enumerable.Range(0, columns).Select(c => row.Select((v, r) => v * matrix[r * columns + c]).Sum())];

    private double[] At(string name, int latentHead, int size) => weights[prefix + name][(latentHead * size)..((latentHead + 1) * size)];
}
