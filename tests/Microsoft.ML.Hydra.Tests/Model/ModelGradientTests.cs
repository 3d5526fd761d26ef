using Microsoft.ML.Hydra.Compute;
using Microsoft.ML.Hydra.Model;
using Microsoft.ML.Hydra.Numerics;
using Microsoft.ML.Hydra.Tests.Compute;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Microsoft.ML.Hydra.Tests.Model;

/// <summary>Every module's gradients against central differences in float64.</summary>
public sealed class ModelGradientTests
{
    private const int Batch = 2;
    private const int Length = 6;

    [Fact]
    public void Root_mean_square_norm()
    {
        using DisposeScope scope = NewDisposeScope();
        RootMeanSquareNorm norm = new RootMeanSquareNorm([3, 1, 5], ScalarType.Float64).Shaken(1);
        Tensor x = SeededTensors.Normal(2, 3, 4, 5);
        Verify(norm, x, () => norm.call(x));
    }

    [Fact]
    public void Feed_forward()
    {
        using DisposeScope scope = NewDisposeScope();
        FeedForward module = TinyModel.Build(p => new FeedForward(5, 7, p));
        Tensor x = SeededTensors.Normal(2, Batch, 3, 5);
        Verify(module, x, () => module.call(x));
    }

    [Fact]
    public void Rotary_position()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor x = SeededTensors.Normal(2, Batch, Length, 3, 4);
        GradientCheck.Verify(() => RotaryPosition.Rotate(x, TinyModel.Positions(Batch, Length, 3)), [("x", x)]);
    }

    [Fact]
    public void Latent_mamba()
    {
        using DisposeScope scope = NewDisposeScope();
        LatentMamba module = TinyModel.Build(p => new LatentMamba(TinyModel.Sizes, ScanKernel.Chunked(4), p));
        Tensor u = SeededTensors.Normal(2, TinyModel.Sizes.LatentHeads, Batch * Length, TinyModel.Sizes.LatentWidth);
        Verify(module, u, () => module.call(u, null, Batch, Length));
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(true, true)]
    [InlineData(false, false)]
    public void Latent_mixer(bool gate, bool rotary)
    {
        using DisposeScope scope = NewDisposeScope();
        ModelSizes sizes = TinyModel.Sizes with { ItemGate = gate, RotaryGate = rotary };
        LatentMixer module = TinyModel.Build(p => new LatentMixer(sizes, ScanKernel.Chunked(4), p));
        Tensor h = SeededTensors.Normal(2, Batch, Length, sizes.Width);
        Verify(module, h, () => module.call(h, TinyModel.Positions(Batch, Length), null));
    }

    [Fact]
    public void Hydra_layer()
    {
        using DisposeScope scope = NewDisposeScope();
        var dropout = new DropoutSource { Rate = 0.5 };
        HydraLayer module = TinyModel.Build(p => new HydraLayer(TinyModel.Sizes, ScanKernel.Chunked(4), dropout, p));
        Tensor h = SeededTensors.Normal(2, Batch, Length, TinyModel.Sizes.Width);
        Verify(module, h, () => module.call(h, null, null));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Hydra_model(bool rotary)
    {
        using DisposeScope scope = NewDisposeScope();
        using HydraModel model = TinyModel.Create(TinyModel.Sizes with { RotaryGate = rotary });
        Tensor items = TinyModel.Items(3, Batch, Length);
        GradientCheck.Verify(
            () => model.call(items, TinyModel.Positions(Batch, Length), null),
            model.named_parameters().Select(p => (p.name, (Tensor)p.parameter)),
            elementsPerInput: 6);
    }

    [Fact]
    public void Hydra_model_with_a_clock()
    {
        using DisposeScope scope = NewDisposeScope();
        using HydraModel model = TinyModel.Create(TinyModel.Timed);
        Tensor items = TinyModel.Items(3, Batch, Length), times = SeededTensors.Normal(6, Batch, Length, 2);
        Assert.Contains(model.named_parameters(), p => p.name.EndsWith("dt_time", StringComparison.Ordinal));
        GradientCheck.Verify(
            () => model.call(items, null, times), model.named_parameters().Select(p => (p.name, (Tensor)p.parameter)), elementsPerInput: 6);
    }

    [Fact]
    public void Hydra_model_with_normalised_scores()
    {
        using DisposeScope scope = NewDisposeScope();
        using HydraModel model = TinyModel.Create(TinyModel.Sizes with { Temperature = 0.3, Layers = 1 });
        Tensor items = TinyModel.Items(3, Batch, Length);
        GradientCheck.Verify(
            () => model.ScoringQueries(model.call(items, null, null).view(-1, model.Sizes.Width)).mm(model.ScoringTable().t()),
            [("item_embedding", model.ItemEmbedding)]);
    }

    private static void Verify(nn.Module module, Tensor input, Func<Tensor> function) =>
        GradientCheck.Verify(function, [("input", input), .. module.named_parameters().Select(p => (p.name, (Tensor)p.parameter))], elementsPerInput: 8);
}
