using Microsoft.ML.Hydra.Compute;
using Microsoft.ML.Hydra.Model;
using Microsoft.ML.Hydra.Numerics;
using Microsoft.ML.Hydra.Tests.Compute;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Microsoft.ML.Hydra.Tests.Model;

/// <summary>A model with an encoder for each domain reads every batch with the encoder of its domain, in both ways of computing.</summary>
public sealed class SeparateEncoderTests
{
    private static readonly ModelSizes s_sizes = TinyModel.Sizes with { Encoders = 2 };

    [Fact]
    public void A_batch_is_encoded_by_the_encoder_of_its_domain_alone()
    {
        using DisposeScope scope = NewDisposeScope();
        using HydraModel model = TinyModel.Create(s_sizes), alone = TinyModel.Create();
        CopyWeights(model, 1, alone);

        Tensor first = model.Encode(Batch(0)), second = model.Encode(Batch(1));

        Assert.True((first - second).abs().max().item<double>() > 1e-3);
        TensorAssert.Close(alone.Encode(Batch(0)), second, 1e-12, "domain 1");
        second.sum().backward();
        Assert.All(model.Weights.Where(weight => !weight.name.StartsWith("encoders.", StringComparison.Ordinal) && weight.name != "item_embedding"), weight => Assert.Null(weight.parameter.grad));
        Assert.NotNull(model.Weights.Single(weight => weight.name == "encoders.1.layers.1.mixer.x_proj").parameter.grad);
    }

    [Fact]
    public void Fused_kernels_and_torch_operations_agree()
    {
        using DisposeScope scope = NewDisposeScope();
        using HydraModel plain = TinyModel.Create(s_sizes, dtype: ScalarType.Float32), fused = TinyModel.Create(s_sizes, ModelKernels.For(CPU, 2), ScalarType.Float32);

        TensorAssert.Close(plain.Encode(Batch(0)), fused.Encode(Batch(0)), 1e-5, "domain 0");
        TensorAssert.Close(plain.Encode(Batch(1)), fused.Encode(Batch(1)), 1e-5, "domain 1");
    }

    [Fact]
    public void The_weights_of_one_encoder_have_the_names_and_the_first_values_of_a_model_of_one()
    {
        using HydraModel model = new(s_sizes, ModelKernels.InTorch(ScanKernel.Chunked(4)), seed: 5, dropoutRate: 0), alone = new(TinyModel.Sizes, ModelKernels.InTorch(ScanKernel.Chunked(4)), seed: 5, dropoutRate: 0);

        string[] expected = [.. alone.Weights.Select(weight => weight.name)];
        Assert.Equal([.. expected, .. expected.Where(name => name != "item_embedding").Select(name => $"encoders.1.{name}")], model.Weights.Select(weight => weight.name));
        foreach ((string name, TorchSharp.Modules.Parameter parameter) in alone.Weights)
        {
            Assert.Equal(parameter.Values(), model.Weights.Single(weight => weight.name == name).parameter.Values());
        }
    }

    private static TokenBatch Batch(int domain) => new([1, 2, 3, 7, 5, 11], [0, 1, 2, 0, 1, 2], [3, 3]) { Domain = domain };

    // Copies the weights of an encoder, and the item vectors.
    private static void CopyWeights(HydraModel from, int encoder, HydraModel to)
    {
        using IDisposable inference = no_grad();
        foreach ((string name, TorchSharp.Modules.Parameter parameter) in to.Weights)
        {
            string source = name == "item_embedding" ? name : EncoderWeights.NameOf(encoder, name);
            parameter.copy_(from.Weights.Single(weight => weight.name == source).parameter);
        }
    }
}
