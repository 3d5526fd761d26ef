using Microsoft.ML.Hydra.Compute;
using Microsoft.ML.Hydra.Model;
using Microsoft.ML.Hydra.Numerics;
using Microsoft.ML.Hydra.Tests.Numerics.Reference;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Microsoft.ML.Hydra.Tests.Model;

public sealed class InitialWeightsTests
{
    private static readonly ModelSizes s_sizes = TinyModel.Sizes with { LatentHeads = 8, LatentWidth = 64, InnerHeadWidth = 2, Layers = 1 };

    [Fact]
    public void The_scan_starts_in_the_ranges_of_mamba_2()
    {
        using DisposeScope scope = NewDisposeScope();
        using HydraModel model = Create(1, ScalarType.Float64);
        Dictionary<string, double[]> weights = TinyModel.Weights(model);

        double[] rates = [.. weights["layers.0.mixer.mamba.A_log"].Select(Math.Exp)];
        Assert.Equal(8 * 64, rates.Length);
        Assert.All(rates, rate => Assert.InRange(rate, 1, 16));
        Assert.InRange(rates.Average(), 8, 9);

        double[] steps = [.. weights["layers.0.mixer.mamba.dt_bias"].Select(bias => Math.Log(1 + Math.Exp(bias)))];
        Assert.All(steps, step => Assert.InRange(step, 1e-3 * (1 - 1e-9), 0.1 * (1 + 1e-9)));
        Assert.InRange(steps.Average(Math.Log), Math.Log(0.01) - 0.2, Math.Log(0.01) + 0.2);   // log-uniform

        Assert.All(weights["layers.0.mixer.mamba.D"], skip => Assert.Equal(1, skip));
        Assert.All(weights.Where(w => w.Key.EndsWith("norm.weight", StringComparison.Ordinal)).SelectMany(w => w.Value), weight => Assert.Equal(1, weight));
    }

    [Fact]
    public void A_clock_starts_without_effect_and_changes_no_other_weight()
    {
        using DisposeScope scope = NewDisposeScope();
        using HydraModel blind = Create(1, ScalarType.Float64);
        using HydraModel timed = new(s_sizes with { TimeFeatures = 2 }, ModelKernels.InTorch(ReferenceScan.Run), 1, 0, ScalarType.Float64);
        Dictionary<string, double[]> expected = TinyModel.Weights(blind), found = TinyModel.Weights(timed);

        Assert.True(found.Remove("layers.0.mixer.mamba.dt_time", out double[]? times));
        Assert.Equal(new double[8 * 64 * 2], times);
        Assert.Equal(expected, found);
    }

    [Fact]
    public void Maps_start_within_the_bound_of_their_fan_in()
    {
        using DisposeScope scope = NewDisposeScope();
        using HydraModel model = Create(1, ScalarType.Float64);
        Dictionary<string, double[]> weights = TinyModel.Weights(model);
        AssertUniform(weights["layers.0.mixer.x_proj"], 1 / Math.Sqrt(s_sizes.Width));
        AssertUniform(weights["layers.0.mixer.mamba.in_proj"], 1 / Math.Sqrt(s_sizes.LatentWidth));
        AssertUniform(weights["layers.0.mixer.mamba.out_proj"], 1 / Math.Sqrt(s_sizes.InnerWidth));
        AssertUniform(weights["layers.0.mixer.mamba.conv_weight"], 1 / Math.Sqrt(s_sizes.ConvolutionTaps));
        AssertUniform(weights["layers.0.mixer.out_proj"], 1 / Math.Sqrt(s_sizes.LatentHeads * s_sizes.LatentWidth));
    }

    [Fact]
    public void Item_vectors_start_small()
    {
        using DisposeScope scope = NewDisposeScope();
        using HydraModel model = new(s_sizes with { NumberOfItems = 2000 }, ModelKernels.InTorch(ReferenceScan.Run), 1, 0);
        Assert.InRange(model.ItemEmbedding.square().mean().sqrt().item<float>(), 0.0195f, 0.0205f);
    }

    [Fact]
    public void The_seed_decides_every_bit()
    {
        using DisposeScope scope = NewDisposeScope();
        using HydraModel one = Create(1), same = Create(1), other = Create(2);
        Dictionary<string, double[]> expected = TinyModel.Weights(one), again = TinyModel.Weights(same), different = TinyModel.Weights(other);
        Assert.Equal(expected.Keys, again.Keys);
        foreach ((string name, double[] values) in expected)
        {
            Assert.Equal(values, again[name]);
            bool constant = name.EndsWith("weight", StringComparison.Ordinal) && !name.EndsWith("conv_weight", StringComparison.Ordinal)
                || name.EndsWith(".D", StringComparison.Ordinal);
            Assert.Equal(constant, values.SequenceEqual(different[name]));
        }
    }

    [Fact]
    public void Weights_survive_export_and_import()
    {
        using DisposeScope scope = NewDisposeScope();
        using HydraModel from = Create(1), to = Create(2);
        ModelWeights.Import(to, ModelWeights.Export(from));
        Assert.Equal(TinyModel.Weights(from), TinyModel.Weights(to));
    }

    private static HydraModel Create(ulong seed, ScalarType dtype = ScalarType.Float32) => new(s_sizes, ModelKernels.InTorch(ReferenceScan.Run), seed, 0.1, dtype);

    private static void AssertUniform(double[] values, double bound)
    {
        Assert.All(values, value => Assert.InRange(value, -bound, bound));
        Assert.InRange(Math.Sqrt(values.Average(v => v * v)), bound / Math.Sqrt(3) * 0.9, bound / Math.Sqrt(3) * 1.1);
    }
}
