using Microsoft.ML.Hydra.Numerics;
using Microsoft.ML.Hydra.Tests.Numerics.Reference;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Numerics;

public sealed class CausalConvolutionSiluTests
{
    private const int Padding = 3;

    public static TheoryData<string> Sets => KernelCase.SetNames;

    [Theory]
    [MemberData(nameof(Sets))]
    public void Odd_shapes_and_ragged_lengths_equal_the_twin(string set)
    {
        ConvolutionShape[] shapes = [new(1, 1, 1, 1, 1), new(2, 3, 7, 5, 4), new(1, 2, 30, 96, 4), new(2, 2, 9, 33, 3), new(1, 1, 2, 16, 6), new(1, 2, 40, 8, 1)];
        foreach (ConvolutionShape shape in shapes)
        {
            (ReferenceConvolution twin, float[] dy, int[] lengths) = Twin(shape);
            var (dx, dw, db) = twin.Backward(dy.ToDouble());
            double[][] expected = [twin.Forward(), dx, dw, db];
            float[][] actual = Run(set, shape, lengths, dy, 1);
            for (int i = 0; i < expected.Length; i++)
            {
                KernelCase.Close(expected[i], actual[i], 3e-6, $"{set} {shape} result {i}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Sets))]
    public void Number_of_threads_does_not_change_a_bit(string set)
    {
        ConvolutionShape shape = new(2, 5, 20, 19, 4);
        (_, float[] dy, int[] lengths) = Twin(shape);
        float[][] one = Run(set, shape, lengths, dy, 1), many = Run(set, shape, lengths, dy, 4);
        for (int i = 0; i < one.Length; i++)
        {
            Assert.Equal(one[i], many[i]);
        }
    }

    [Fact]
    public void Twin_equals_central_differences()
    {
        (ReferenceConvolution twin, float[] weights, _) = Twin(new(2, 2, 6, 3, 4));
        var (dx, dw, db) = twin.Backward(weights.ToDouble());
        double Loss() => twin.Forward().Zip(weights, (y, w) => y * w).Sum();

        KernelCase.IsGradient(dx, twin.X, Loss, "dx");
        KernelCase.IsGradient(dw, twin.Weight, Loss, "dw");
        KernelCase.IsGradient(db, twin.Bias, Loss, "dbias");
    }

    private static (ReferenceConvolution Twin, float[] OutputGradient, int[] Lengths) Twin(ConvolutionShape shape)
    {
        int[] lengths = [.. Enumerable.Range(0, shape.Batch).Select(b => b % 3 == 1 ? shape.Length / 2 : b % 3 == 2 ? 0 : shape.Length)];
        var twin = new ReferenceConvolution(shape, lengths)
        {
            X = Narrow(Inputs(shape), shape).ToDouble(),
            Weight = KernelCase.Random(2, shape.Groups * shape.Taps * shape.Channels).ToDouble(),
            Bias = KernelCase.Random(3, shape.Groups * shape.Channels).ToDouble(),
        };
        return (twin, KernelCase.Random(4, shape.Rows * shape.Channels), lengths);
    }

    private static float[][] Run(string set, ConvolutionShape shape, int[] lengths, float[] dy, int degree)
    {
        using Workspace workspace = KernelCase.Workspace(set, degree);
        int stride = shape.Channels + Padding;
        float[] x = Inputs(shape), weight = KernelCase.Random(2, shape.Groups * shape.Taps * shape.Channels), bias = KernelCase.Random(3, shape.Groups * shape.Channels);
        float[] y = new float[x.Length], dx = new float[x.Length], dw = new float[weight.Length], db = new float[bias.Length];
        Array.Fill(y, float.NaN);
        Array.Fill(dx, float.NaN);
        CausalConvolutionSilu.Forward(shape, new(x, stride), weight, bias, lengths, new(y, stride), workspace);
        CausalConvolutionSilu.Backward(shape, new(x, stride), weight, bias, lengths, new(dy, shape.Channels), new(dx, stride), dw, db, workspace);
        return [Narrow(y, shape), Narrow(dx, shape), dw, db];
    }

    private static float[] Inputs(ConvolutionShape shape) => KernelCase.Random(1, shape.Rows * (shape.Channels + Padding), -2, 2);

    private static float[] Narrow(float[] rows, ConvolutionShape shape) => [.. rows.Chunk(shape.Channels + Padding).SelectMany(r => r[..^Padding])];
}
