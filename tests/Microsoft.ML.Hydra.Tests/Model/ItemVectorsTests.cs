using Microsoft.ML.Hydra.Compute;
using Microsoft.ML.Hydra.Model;
using Microsoft.ML.Hydra.Numerics;
using Microsoft.ML.Hydra.Tests.Compute;
using TorchSharp;
using TorchSharp.Modules;
using Xunit;
using static TorchSharp.torch;

namespace Microsoft.ML.Hydra.Tests.Model;

/// <summary>The model asks nothing of item vectors but rows and a table.</summary>
public sealed class ItemVectorsTests
{
    private static readonly int[] s_items = [3, 1, 3, 11, 7, 2, 2];

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

        Assert.Equal(["own", "map"], expected.Keys.Take(2));
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
        new HydraModel(TinyModel.Sizes, kernels, 1, 0, dtype, parameters => new FeatureVectors(TinyModel.Sizes, parameters)).Shaken(100, 0.1);

    private static TokenBatch Batch() => new(s_items, [0, 1, 2, 3, 0, 1, 2], [4, 3]);

    /// <summary>A vector of an item's own and a linear map of given features.</summary>
    private sealed class FeatureVectors : ItemVectors
    {
        private readonly Parameter own;
        private readonly Parameter map;
        private readonly Tensor _features;

        public FeatureVectors(ModelSizes sizes, ParameterFactory parameters)
            : base(nameof(FeatureVectors))
        {
            NumberOfItems = sizes.NumberOfItems;
            _features = SeededTensors.Normal(8, sizes.NumberOfItems + 1, 3).to(parameters.Type);
            own = parameters.Normal([sizes.NumberOfItems + 1, sizes.Width], 0.02);
            map = parameters.Linear(sizes.Width, 3);
            RegisterComponents();
        }

        public override int NumberOfItems { get; }

        public override Tensor Rows(Tensor items) => own.index_select(0, items) + _features.index_select(0, items).mm(map.t());

        public override Tensor Table() => own + _features.mm(map.t());
    }
}
