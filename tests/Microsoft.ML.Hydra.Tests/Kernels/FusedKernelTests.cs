using Microsoft.ML.Hydra.Kernels;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Microsoft.ML.Hydra.Tests.Kernels;

/// <summary>The kernels of float32 on the CPU against the same operations in torch at float64.</summary>
public sealed class FusedKernelTests
{
    private static readonly ModelKernels s_fused = ModelKernels.For(CPU);
    private static readonly ModelKernels s_torch = ScanKernel.Sequential;

    [Theory]
    [InlineData(1, 1, 1, 1, 1)]
    [InlineData(2, 3, 9, 4, 4)]
    [InlineData(3, 2, 70, 37, 4)]
    [InlineData(4, 2, 5, 96, 7)]
    public void Convolution(int groups, int batch, int length, int channels, int taps) => AssertSame(
        (kernels, x) => kernels.Convolution(x[0], x[1], x[2]),
        [groups, batch, length, channels],
        [groups, taps, channels],
        [groups, channels]);

    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(3, 50, 7)]
    [InlineData(4, 300, 32)]
    public void Gated_norm(int groups, int rows, int width) => AssertSame(
        (kernels, x) => kernels.Norm(x[0], x[1], x[2]), [groups, rows, width], [groups, rows, width], [groups, 1, width]);

    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(3, 50, 7)]
    [InlineData(4, 300, 64)]
    public void Norm(int batch, int length, int width) => AssertSame(
        (kernels, x) => kernels.Norm(x[0], null, x[1]), [batch, length, width], [width]);

    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(3, 50, 7)]
    [InlineData(4, 30, 176)]
    public void Gated_product(int batch, int length, int width) => AssertSame(
        (kernels, x) => kernels.GatedProduct(x[0]), [batch, length, 2 * width]);

    // Values and the gradients of every input, also where an input is a slice of a larger tensor.
    private static void AssertSame(Func<ModelKernels, Tensor[], Tensor> run, params long[][] shapes)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor[] exact = [.. shapes.Select((shape, i) => SeededTensors.Normal(i + 1, shape).requires_grad_(true))];
        Tensor[] single = [.. exact.Select(input => input.detach().to(ScalarType.Float32).requires_grad_(true))];
        Tensor[] sliced = [.. single.Select(input => cat([input, input], -1).narrow(-1, 0, input.shape[^1]))];

        Tensor expected = run(s_torch, exact);
        Tensor direction = SeededTensors.Normal(9, expected.shape);
        (expected * direction).sum().backward();
        Tensor found = run(s_fused, sliced);
        (found * direction.to(ScalarType.Float32)).sum().backward();

        Assert.Equal(ScalarType.Float32, found.dtype);
        TensorAssert.Close(expected, found, 1e-5, "value");
        for (int i = 0; i < exact.Length; i++)
        {
            TensorAssert.Close(exact[i].grad!, single[i].grad!, 1e-4, $"gradient of input {i}");
        }
    }
}
