using Microsoft.ML.Hydra.Compute;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Microsoft.ML.Hydra.Tests.Compute;

public sealed class RowLookUpTests
{
    private const int Width = 7;

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void The_fused_look_up_equals_the_torch_operation_in_values_and_gradients(int threads)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor rows = tensor(new long[] { 4, 0, 4, 39, 1, 4, 38, 39 });
        Tensor weights = SeededTensors.Normal(2, rows.shape[0], Width).to(ScalarType.Float32);

        (Tensor expected, Tensor expectedGradient) = Run((table, items) => table.index_select(0, items), rows, weights);
        (Tensor found, Tensor gradient) = Run(new FusedLookUp(threads).Run, rows, weights);

        Assert.Equal(expected.Values(), found.Values());
        TensorAssert.Close(expectedGradient, gradient, 1e-6);
        Assert.Equal(0, gradient[2].abs().sum().item<float>());
    }

    [Fact]
    public void Gradients_are_the_same_bits_on_any_number_of_threads()
    {
        using DisposeScope scope = NewDisposeScope();
        var random = new Random(5);
        Tensor rows = tensor(Enumerable.Range(0, 1000).Select(_ => random.NextInt64(40)).ToArray());
        Tensor weights = SeededTensors.Normal(6, 1000, Width).to(ScalarType.Float32);

        double[][] gradients = [.. new[] { 1, 2, 5 }.Select(threads => Run(new FusedLookUp(threads).Run, rows, weights).Gradient.Values())];

        Assert.Equal(gradients[0], gradients[1]);
        Assert.Equal(gradients[0], gradients[2]);
    }

    private static (Tensor Found, Tensor Gradient) Run(RowLookUp lookUp, Tensor rows, Tensor weights)
    {
        Tensor table = SeededTensors.Normal(1, 40, Width).to(ScalarType.Float32).detach().requires_grad_();
        Tensor found = lookUp(table, rows);
        (found * weights).sum().backward();
        return (found.detach(), table.grad!);
    }
}
