using Microsoft.ML.Hydra.Compute;
using Microsoft.ML.Hydra.Model;
using Microsoft.ML.Hydra.Numerics;
using Microsoft.ML.Hydra.Tests.Compute;
using Microsoft.ML.Hydra.Tests.Numerics;
using TorchSharp;
using TorchSharp.Modules;
using Xunit;
using static TorchSharp.torch;

namespace Microsoft.ML.Hydra.Tests.Model;

/// <summary>The model asks nothing of item vectors but rows and a table.</summary>
public sealed class ItemVectorsTests
{
    private static readonly int[] s_items = [3, 1, 3, 11, 7, 2, 2];

    private static readonly ItemInputs s_inputs = new(SparseSamples.Random(8, TinyModel.Sizes.NumberOfItems + 1, 3), KernelCase.Random(9, TinyModel.Sizes.NumberOfItems + 1, 0, 1));

    [Fact]
    public void Vectors_made_of_features_get_the_gradients_of_the_reference()
    {
        using DisposeScope scope = NewDisposeScope();
        using HydraModel fused = Create(ModelKernels.For(CPU, 2), ScalarType.Float32);
        using HydraModel modules = Create(ModelKernels.InTorch(ScanKernel.Chunked(4)), ScalarType.Float64);
        using (no_grad())
        {
            foreach (((_, Parameter from), (_, Parameter to)) in fused.Weights.Zip(modules.Weights))
            {
                to.copy_(from);
            }
        }

        Dictionary<string, Tensor> expected = Gradients(modules);
        Dictionary<string, Tensor> found = Gradients(fused);

        Assert.Equal([FeatureVectors.Own, FeatureVectors.Map], expected.Keys.Take(2));
        Assert.Equal(expected.Keys, found.Keys);
        Assert.All(expected, gradient => TensorAssert.Close(gradient.Value, found[gradient.Key], 5e-5, gradient.Key));
    }

    [Fact]
    public void Gradients_of_features_equal_finite_differences()
    {
        using DisposeScope scope = NewDisposeScope();
        using HydraModel model = Create(ModelKernels.InTorch(ScanKernel.Chunked(4)), ScalarType.Float64);

        GradientCheck.Verify(
            () => model.ScoringQueries(model.Encode(Batch())).mm(model.ScoringTable().t()),
            model.Weights.Take(2).Select(weight => (weight.name, (Tensor)weight.parameter)));
    }

    [Fact]
    public void The_vectors_of_ids_are_the_first_weight_and_keep_its_name()
    {
        using DisposeScope scope = NewDisposeScope();
        using HydraModel model = TinyModel.Create();

        Assert.Equal(EncoderWeights.ItemVectors, model.Weights.First().name);
        Assert.Equal(EncoderWeights.Lengths(TinyModel.Sizes).Select(weight => weight.Name).Order(), model.Weights.Select(weight => weight.name).Order());
    }

    private static Dictionary<string, Tensor> Gradients(HydraModel model)
    {
        Tensor scores = model.ScoringQueries(model.Encode(Batch())).mm(model.ScoringTable().t());
        (scores * SeededTensors.Normal(4, scores.shape).to(scores.dtype)).sum().backward();
        return model.Weights.ToDictionary(weight => weight.name, weight => weight.parameter.grad!);
    }

    private static HydraModel Create(ModelKernels kernels, ScalarType dtype) =>
        new HydraModel(TinyModel.Sizes, kernels, 1, 0, dtype, parameters => new FeatureVectors(TinyModel.Sizes, s_inputs, kernels, parameters)).Shaken(100, 0.1);

    private static TokenBatch Batch() => new(s_items, [0, 1, 2, 3, 0, 1, 2], [4, 3]);
}
