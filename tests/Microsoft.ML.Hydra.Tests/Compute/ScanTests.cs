using Microsoft.ML.Hydra.Compute;
using Microsoft.ML.Hydra.Tests.Numerics.Reference;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Microsoft.ML.Hydra.Tests.Compute;

public sealed class ScanTests
{
    private static readonly int[] s_chunks = [1, 7, 16, 32, 64, 300];

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 1)]
    [InlineData(3, 1)]
    [InlineData(1, 4)]
    [InlineData(2, 4)]
    [InlineData(3, 4)]
    public void Chunked_equals_sequential_in_values_and_gradients(int heads, int groups)
    {
        foreach (int length in new[] { 1, 2, 15, 16, 17, 50, 200 })
        {
            using DisposeScope scope = NewDisposeScope();
            ScanInputs inputs = ScanInputs.Create(length, groups, batch: 2, length, heads, width: 2, stateSize: 3);
            AssertSame(inputs, 1e-10, $"length {length}");
        }
    }

    [Fact]
    public void Chunked_equals_sequential_for_one_sequence_and_one_state()
    {
        using DisposeScope scope = NewDisposeScope();
        AssertSame(ScanInputs.Create(3, groups: 1, batch: 1, length: 40, heads: 1, width: 1, stateSize: 1), 1e-10, "smallest");
    }

    [Fact]
    public void Stiff_decays_stay_finite_and_equal()
    {
        using DisposeScope scope = NewDisposeScope();
        ScanInputs inputs = ScanInputs.Create(
            5, groups: 2, batch: 2, length: 70, heads: 2, width: 3, stateSize: 4, highestStep: 10, fastestDecay: 60);
        Assert.True(inputs.Tensors[1].max().item<double>() * inputs.Tensors[2].min().item<double>() < -300);
        AssertSame(inputs, 1e-10, "stiff");
    }

    [Fact]
    public void Steps_of_zero_leave_nothing_in_the_state()
    {
        using DisposeScope scope = NewDisposeScope();
        ScanInputs inputs = ScanInputs.Create(6, groups: 2, batch: 2, length: 40, heads: 2, width: 3, stateSize: 4, highestStep: 0);
        Assert.All(inputs.Run(ReferenceScan.Run).Values(), value => Assert.Equal(0, value));
        AssertSame(inputs, 1e-10, "zero steps");
    }

    [Fact]
    public void A_step_of_zero_keeps_the_state_for_later()
    {
        using DisposeScope scope = NewDisposeScope();
        foreach (StateSpaceScan scan in new StateSpaceScan[] { ReferenceScan.Run, ScanKernel.Chunked(2) })
        {
            // S_0 = 0.5 · 3 · 1; then dt = 0 twice: y_2 = S_0 · C_2 = 1.5 · 7.
            Tensor y = scan(
                tensor([3.0, 100, 100]).view(1, 1, 3, 1, 1),
                tensor([0.5, 0, 0]).view(1, 1, 3, 1),
                tensor([-2.0]).view(1, 1),
                ones([1, 1, 3, 1], ScalarType.Float64),
                tensor([1.0, 1, 7]).view(1, 1, 3, 1));
            TensorAssert.Close([1.5, 1.5, 10.5], y.Values(), 1e-12);
        }
    }

    [Fact]
    public void Values_by_hand()
    {
        using DisposeScope scope = NewDisposeScope();

        // S_0 = 0.5·3·2 = 3; S_1 = e^{-2·0.25}·3 + 0.25·4·5.
        double second = Math.Exp(-0.5) * 3 + 5;
        foreach (StateSpaceScan scan in new StateSpaceScan[] { ReferenceScan.Run, ScanKernel.Chunked(1), ScanKernel.Chunked(2), ScanKernel.For(CPU) })
        {
            Tensor y = scan(
                tensor([3.0, 4]).view(1, 1, 2, 1, 1),
                tensor([0.5, 0.25]).view(1, 1, 2, 1),
                tensor([-2.0]).view(1, 1),
                tensor([2.0, 5]).view(1, 1, 2, 1),
                tensor([10.0, -1]).view(1, 1, 2, 1));
            TensorAssert.Close([30, -second], y.Values(), 1e-12);
        }
    }

    [Theory]
    [InlineData(3, 2, 130, 2, 4, 5)]
    [InlineData(1, 1, 1, 1, 1, 1)]
    [InlineData(4, 3, 64, 2, 16, 32)]
    [InlineData(2, 1, 65, 3, 7, 33)]
    public void The_chunked_scan_in_single_precision_is_close_in_values_and_gradients(int groups, int batch, int length, int heads, int width, int stateSize)
    {
        using DisposeScope scope = NewDisposeScope();
        ScanInputs exact = ScanInputs.Create(7, groups, batch, length, heads, width, stateSize);
        ScanInputs single = ScanInputs.Create(7, groups, batch, length, heads, width, stateSize, dtype: ScalarType.Float32);
        foreach (((string name, Tensor expected), (_, Tensor actual)) in exact.Results(ReferenceScan.Run).Zip(single.Results(ScanKernel.For(CPU))))
        {
            Assert.Equal(ScalarType.Float32, actual.dtype);
            TensorAssert.Close(expected, actual, 1e-4, name);
        }
    }

    [Fact]
    public void Gradients_of_the_reference_are_right()
    {
        using DisposeScope scope = NewDisposeScope();
        ScanInputs inputs = ScanInputs.Create(8, groups: 2, batch: 2, length: 5, heads: 2, width: 2, stateSize: 3);
        GradientCheck.Verify(() => inputs.Run(ReferenceScan.Run), inputs.Named);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(16)]
    public void Gradients_of_the_chunked_scan_are_right(int chunk)
    {
        using DisposeScope scope = NewDisposeScope();
        ScanInputs inputs = ScanInputs.Create(9, groups: 2, batch: 2, length: 10, heads: 2, width: 2, stateSize: 3);
        GradientCheck.Verify(() => inputs.Run(ScanKernel.Chunked(chunk)), inputs.Named);
    }

    private static void AssertSame(ScanInputs inputs, double tolerance, string what)
    {
        (string name, Tensor value)[] expected = inputs.Results(ReferenceScan.Run);
        foreach (int chunk in s_chunks)
        {
            foreach (((string name, Tensor value), (_, Tensor found)) in expected.Zip(inputs.Results(ScanKernel.Chunked(chunk))))
            {
                TensorAssert.Close(value, found, tolerance, $"{what}, chunk {chunk}, {name}");
            }
        }
    }
}
