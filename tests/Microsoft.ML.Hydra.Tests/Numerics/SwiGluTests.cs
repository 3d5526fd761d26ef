using Microsoft.ML.Hydra.Numerics;
using Microsoft.ML.Hydra.Tests.Numerics.Reference;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Numerics;

public sealed class SwiGluTests
{
    public static TheoryData<string> Sets => KernelCase.SetNames;

    [Theory]
    [MemberData(nameof(Sets))]
    public void Odd_sizes_equal_the_twin_also_when_the_gradient_overwrites_the_input(string set)
    {
        foreach ((int rows, int width) in new[] { (0, 3), (1, 1), (5, 17), (300, 160), (7, 64) })
        {
            float[] x = KernelCase.Random(1, rows * 2 * width, -4, 4), dy = KernelCase.Random(2, rows * width);
            double[] expected = ReferenceLayers.SwiGluGradient(x.ToDouble(), dy.ToDouble(), width);
            using var arena = new Arena();
            RowPointer input = arena.Place(x, 2 * width), y = arena.Room(rows, width), dx = arena.Room(rows, 2 * width);
            KernelCase.Run(set, new Product(rows, width, input, y, arena.Place(dy, width), dx));
            KernelCase.Close(ReferenceLayers.SwiGlu(x.ToDouble(), width), y.Values(rows, width), 1e-6, $"{set} {rows}×{width} y");
            KernelCase.Close(expected, dx.Values(rows, 2 * width), 1e-6, $"{set} {rows}×{width} gradient");

            KernelCase.Run(set, new Product(rows, width, input, y, arena.Place(dy, width), input));
            KernelCase.Close(expected, input.Values(rows, 2 * width), 1e-6, $"{set} {rows}×{width} gradient in place");
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

    private readonly struct Product(int rows, int width, RowPointer x, RowPointer y, RowPointer dy, RowPointer dx) : IWork
    {
        public void Run<TSimd, TVector>(int task, Arena arena)
            where TSimd : struct, ISimd<TVector>
        {
            SwiGlu<TSimd, TVector>.Forward(rows, width, x, y);
            SwiGlu<TSimd, TVector>.Backward(rows, width, x, dy, dx);
        }
    }
}
