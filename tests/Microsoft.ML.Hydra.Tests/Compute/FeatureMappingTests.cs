using Microsoft.ML.Hydra.Compute;
using Microsoft.ML.Hydra.Numerics;
using Microsoft.ML.Hydra.Tests.Numerics;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Microsoft.ML.Hydra.Tests.Compute;

public sealed class FeatureMappingTests
{
    private const int Items = 40;
    private const int Features = 9;
    private const int Width = 7;

    [Theory]
    [InlineData(true, 1)]
    [InlineData(false, 3)]
    public void The_fused_mapping_equals_the_torch_operations_in_values_and_gradients(bool learnsAll, int threads)
    {
        using DisposeScope scope = NewDisposeScope();
        ItemInputs inputs = Inputs(learnsAll);

        Result expected = Run(new TorchFeatureMapping(inputs).Run, ScalarType.Float64);
        Result found = Run(new FusedFeatureMapping(inputs, threads).Run, ScalarType.Float32);

        TensorAssert.Close(expected.Vectors, found.Vectors, 1e-6, "e");
        TensorAssert.Close(expected.OwnGradient, found.OwnGradient, 1e-6, "dδ");
        TensorAssert.Close(expected.MapGradient, found.MapGradient, 1e-6, "dW");
    }

    [Fact]
    public void Gradients_equal_finite_differences()
    {
        using DisposeScope scope = NewDisposeScope();
        var mapping = new TorchFeatureMapping(Inputs(learnsAll: true));
        (Tensor own, Tensor map) = Weights(ScalarType.Float64);

        GradientCheck.Verify(() => mapping.Run(own, map), [("own", own), ("map", map)]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void An_item_that_W_does_not_learn_from_teaches_its_own_part_only(bool fused)
    {
        using DisposeScope scope = NewDisposeScope();
        ItemInputs inputs = Inputs(learnsAll: true) with { Learns = new bool[Items + 1] };
        FeatureMapping mapping = fused ? new FusedFeatureMapping(inputs, 2).Run : new TorchFeatureMapping(inputs).Run;

        Result found = Run((own, map) => mapping(own, map).index_select(0, tensor(new long[] { 4, 4, 5 })), ScalarType.Float32);

        Assert.Equal(0, found.MapGradient.abs().sum().item<float>());
        Assert.True(found.OwnGradient[4].abs().sum().item<float>() > 0);
        Assert.True(found.OwnGradient[5].abs().sum().item<float>() > 0);
        Assert.Equal(0, found.OwnGradient[6].abs().sum().item<float>());
    }

    [Fact]
    public void Gradients_are_the_same_bits_on_any_number_of_threads_and_the_table_those_of_the_arrays()
    {
        using DisposeScope scope = NewDisposeScope();
        ItemInputs inputs = Inputs(learnsAll: false);

        Result[] results = [.. new[] { 1, 2, 5 }.Select(threads => Run(new FusedFeatureMapping(inputs, threads).Run, ScalarType.Float32))];

        Assert.All(results, result => Assert.Equal(results[0].OwnGradient.Values(), result.OwnGradient.Values()));
        Assert.All(results, result => Assert.Equal(results[0].MapGradient.Values(), result.MapGradient.Values()));
        (Tensor own, Tensor map) = Weights(ScalarType.Float32);
        float[] table = FeatureTable.Compute(inputs.Features, inputs.Gates, own.data<float>().ToArray(), map.data<float>().ToArray());
        Assert.All(results, result => Assert.Equal(table, result.Vectors.data<float>().ToArray()));
    }

    [Fact]
    public void The_torch_operations_follow_the_type_of_the_weights()
    {
        using DisposeScope scope = NewDisposeScope();
        var mapping = new TorchFeatureMapping(Inputs(learnsAll: false));

        Result single = Run(mapping.Run, ScalarType.Float32), exact = Run(mapping.Run, ScalarType.Float64), again = Run(mapping.Run, ScalarType.Float32);

        TensorAssert.Close(exact.Vectors, single.Vectors, 1e-6);
        Assert.Equal(single.Vectors.Values(), again.Vectors.Values());
        Assert.Equal(single.MapGradient.Values(), again.MapGradient.Values());
    }

    [Fact]
    public void Without_a_single_feature_the_vectors_are_the_own_parts()
    {
        using DisposeScope scope = NewDisposeScope();
        var inputs = new ItemInputs(SparseSamples.Of(0, [], [], []), [1, 1, 1]);
        Tensor own = SeededTensors.Normal(1, 3, 4).to(ScalarType.Float32).detach().requires_grad_();
        Tensor map = empty([0, 4], ScalarType.Float32).requires_grad_();

        foreach (FeatureMapping mapping in new FeatureMapping[] { new FusedFeatureMapping(inputs, 2).Run, new TorchFeatureMapping(inputs).Run })
        {
            Tensor found = mapping(own, map);
            found.sum().backward();
            Assert.Equal(own.Values(), found.Values());
            Assert.Equal([0, 4], map.grad!.shape);
        }
    }

    private static ItemInputs Inputs(bool learnsAll) => new(
        SparseSamples.Random(1, Items + 1, Features, full: learnsAll ? 0 : 4),
        KernelCase.Random(2, Items + 1, 0, 1),
        learnsAll ? null : [.. Enumerable.Range(0, Items + 1).Select(row => row % 2 == 0)]);

    private static (Tensor Own, Tensor Map) Weights(ScalarType type) => (
        SeededTensors.Normal(1, Items + 1, Width).to(type).detach().requires_grad_(), SeededTensors.Normal(2, Features, Width).to(type).detach().requires_grad_());

    private static Result Run(FeatureMapping mapping, ScalarType type)
    {
        (Tensor own, Tensor map) = Weights(type);
        Tensor vectors = mapping(own, map);
        (vectors * SeededTensors.Normal(3, vectors.shape).to(type)).sum().backward();
        return new Result(vectors.detach(), own.grad!, map.grad!);
    }

    private sealed record Result(Tensor Vectors, Tensor OwnGradient, Tensor MapGradient);
}
