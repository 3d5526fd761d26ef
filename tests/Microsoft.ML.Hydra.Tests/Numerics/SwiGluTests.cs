using Microsoft.ML.Hydra.Numerics;
using Microsoft.ML.Hydra.Tests.Numerics.Reference;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Numerics;

public sealed class SwiGluTests
{
    public static TheoryData<string> Sets => KernelCase.SetNames;

    [Theory]
    [MemberData(nameof(Sets))]
    public void Odd_shapes_equal_the_twin_on_any_number_of_threads(string set)
    {
        foreach ((int rows, int width) in new[] { (0, 3), (1, 1), (5, 17), (300, 160), (7, 64) })
        {
            float[] x = KernelCase.Random(1, rows * 2 * width, -4, 4), dy = KernelCase.Random(2, rows * width);
            foreach (int degree in new[] { 1, 3 })
            {
                using Workspace workspace = KernelCase.Workspace(set, degree);
                float[] y = new float[dy.Length], gradient = new float[x.Length];
                SwiGlu.Forward(rows, width, new(x, 2 * width), new(y, width), workspace);
                SwiGlu.Backward(rows, width, new(x, 2 * width), new(dy, width), new(gradient, 2 * width), workspace);
                KernelCase.Close(ReferenceLayers.SwiGlu(x.ToDouble(), width), y, 1e-6, $"{set} {rows}×{width} y");
                KernelCase.Close(ReferenceLayers.SwiGluGradient(x.ToDouble(), dy.ToDouble(), width), gradient, 1e-6, $"{set} {rows}×{width} gradient");
            }
        }
    }

    [Fact]
    public void Twin_equals_central_differences()
    {
        const int Width = 5;
        double[] x = KernelCase.Random(1, 3 * 2 * Width, -3, 3).ToDouble(), weights = KernelCase.Random(2, 3 * Width).ToDouble();
        double[] gradient = ReferenceLayers.SwiGluGradient(x, weights, Width);
        KernelCase.IsGradient(gradient, x, () => ReferenceLayers.SwiGlu(x, Width).Zip(weights, (y, w) => y * w).Sum(), "gradient");
    }
}
