using Microsoft.ML.Hydra.Numerics;
using Microsoft.ML.Hydra.Tests.Numerics.Reference;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Numerics;

public sealed class RmsNormTests
{
    public static TheoryData<string> Sets => KernelCase.SetNames;

    [Theory]
    [MemberData(nameof(Sets))]
    public void Odd_shapes_equal_the_twin_with_and_without_a_gate(string set)
    {
        foreach (NormShape shape in new NormShape[] { new(1, 1, 2), new(1, 3, 5), new(2, 300, 32), new(3, 129, 17), new(1, 2, 200), new(1, 0, 4) })
        {
            foreach (bool gated in new[] { false, true })
            {
                (float[] x, float[]? z, float[] w, float[] dy) = Inputs(shape, gated);
                double[] expected = ReferenceLayers.Norm(x.ToDouble(), z?.ToDouble(), w.ToDouble(), shape.Groups, shape.Width);
                var (dx, dz, dw) = ReferenceLayers.NormGradient(
                    x.ToDouble(), z?.ToDouble(), w.ToDouble(), dy.ToDouble(), shape.Groups, shape.Width);
                float[][] actual = Run(set, shape, gated, 1);
                string what = $"{set} {shape} gated {gated}";
                KernelCase.Close(expected, actual[0], 3e-6, what + " y");
                KernelCase.Close(dx, actual[1], 5e-6, what + " dx");
                KernelCase.Close(dw, actual[2], 3e-6, what + " dw");
                KernelCase.Close(dz ?? [], actual[3], 5e-6, what + " dz");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Sets))]
    public void Number_of_threads_does_not_change_a_bit(string set)
    {
        NormShape shape = new(2, 700, 20);
        float[][] one = Run(set, shape, true, 1), many = Run(set, shape, true, 3);
        for (int i = 0; i < one.Length; i++)
        {
            Assert.Equal(one[i], many[i]);
        }
    }

    [Fact]
    public void Twin_equals_central_differences()
    {
        NormShape shape = new(2, 3, 5);
        (float[] fx, float[]? fz, float[] fw, float[] weights) = Inputs(shape, gated: true);
        (double[] x, double[] z, double[] w) = (fx.ToDouble(), fz!.ToDouble(), fw.ToDouble());
        var (dx, dz, dw) = ReferenceLayers.NormGradient(x, z, w, weights.ToDouble(), shape.Groups, shape.Width);
        double Loss() => ReferenceLayers.Norm(x, z, w, shape.Groups, shape.Width).Zip(weights, (y, v) => y * v).Sum();

        KernelCase.IsGradient(dx, x, Loss, "dx");
        KernelCase.IsGradient(dz!, z, Loss, "dz");
        KernelCase.IsGradient(dw, w, Loss, "dw");
    }

    private static (float[] X, float[]? Gate, float[] Weight, float[] OutputGradient) Inputs(NormShape shape, bool gated) => (
        KernelCase.Random(1, shape.Rows * shape.Width), gated ? KernelCase.Random(2, shape.Rows * shape.Width, -2, 2) : null,
        KernelCase.Random(3, shape.Groups * shape.Width, 0.5, 1.5), KernelCase.Random(4, shape.Rows * shape.Width));

    // Rows two numbers longer than they need
    private static float[][] Run(string set, NormShape shape, bool gated, int degree)
    {
        using Workspace workspace = KernelCase.Workspace(set, degree);
        int stride = shape.Width + 2;
        (float[] x, float[]? z, float[] w, float[] dy) = Inputs(shape, gated);
        (float[] wideX, float[] wideZ) = (Widen(x, shape.Width), z is null ? [] : Widen(z, shape.Width));
        float[] y = new float[shape.Rows * stride], dx = new float[y.Length], dw = new float[w.Length], dz = new float[gated ? y.Length : 0];
        RmsNorm.Forward(shape, new(wideX, stride), new(wideZ, stride), w, new(y, stride), workspace);
        RmsNorm.Backward(
            shape, new(wideX, stride), new(wideZ, stride), w, new(dy, shape.Width), new(dx, stride), new(dz, stride), dw, workspace);
        return [Narrow(y, stride), Narrow(dx, stride), dw, Narrow(dz, stride)];
    }

    private static float[] Widen(float[] rows, int width) => [.. rows.Chunk(width).SelectMany(r => r.Append(float.NaN).Append(float.NaN))];

    private static float[] Narrow(float[] rows, int stride) => [.. rows.Chunk(stride).SelectMany(r => r[..^2])];
}
