using Microsoft.ML.Hydra.Numerics;
using Microsoft.ML.Hydra.Tests.Numerics.Reference;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Numerics;

public sealed class RmsNormTests
{
    public static TheoryData<string> Sets => KernelCase.SetNames;

    [Theory]
    [MemberData(nameof(Sets))]
    public void Odd_sizes_equal_the_twin_with_and_without_a_gate(string set)
    {
        foreach ((int rows, int width) in new[] { (1, 2), (3, 5), (300, 32), (129, 17), (2, 200), (0, 4) })
        {
            foreach (bool gated in new[] { false, true })
            {
                (float[] x, float[]? z, float[] w, float[] dy) = Inputs(rows, width, gated);
                var (dx, dz, dw) = ReferenceLayers.NormGradient(x.ToDouble(), z?.ToDouble(), w.ToDouble(), dy.ToDouble());
                float[][] actual = Run(set, rows, width, gated);
                string what = $"{set} {rows}×{width} gated {gated}";
                KernelCase.Close(ReferenceLayers.Norm(x.ToDouble(), z?.ToDouble(), w.ToDouble()), actual[0], 3e-6, what + " y");
                KernelCase.Close(dx, actual[1], 5e-6, what + " dx");
                KernelCase.Close(dw, actual[2], 3e-6, what + " dw");
                KernelCase.Close(dz ?? [], actual[3], 5e-6, what + " dz");
            }
        }
    }

    [Fact]
    public void Twin_equals_central_differences()
    {
        (float[] fx, float[]? fz, float[] fw, float[] weights) = Inputs(rows: 3, width: 5, gated: true);
        (double[] x, double[] z, double[] w) = (fx.ToDouble(), fz!.ToDouble(), fw.ToDouble());
        var (dx, dz, dw) = ReferenceLayers.NormGradient(x, z, w, weights.ToDouble());
        double Loss() => ReferenceLayers.Norm(x, z, w).Zip(weights, (y, v) => y * v).Sum();

        KernelCase.IsGradient(dx, x, Loss, "dx");
        KernelCase.IsGradient(dz!, z, Loss, "dz");
        KernelCase.IsGradient(dw, w, Loss, "dw");
    }

    private static (float[] X, float[]? Gate, float[] Weight, float[] OutputGradient) Inputs(int rows, int width, bool gated) => (
        KernelCase.Random(1, rows * width), gated ? KernelCase.Random(2, rows * width, -2, 2) : null,
        KernelCase.Random(3, width, 0.5, 1.5), KernelCase.Random(4, rows * width));

    // y, dx, dw, dz
    private static unsafe float[][] Run(string set, int rows, int width, bool gated)
    {
        using var arena = new Arena();
        (float[] x, float[]? z, float[] w, float[] dy) = Inputs(rows, width, gated);
        RowPointer y = arena.Room(rows, width), dx = arena.Room(rows, width), dw = arena.Room(1, width), dz = gated ? arena.Room(rows, width) : default;
        NormOperands operands = new(rows, width, arena.Place(x, width), z is null ? default : arena.Place(z, width), arena.Place(w));
        KernelCase.Run(set, new Norm(operands, y, new(arena.Place(dy, width), dx, dz), dw.Start));
        return [y.Values(rows, width), dx.Values(rows, width), dw.Values(1, width), gated ? dz.Values(rows, width) : []];
    }

    private readonly unsafe struct Norm(NormOperands operands, RowPointer y, NormGradients gradients, float* weightGradient) : IWork
    {
        public void Run<TSimd, TVector>(int task, Arena arena)
            where TSimd : struct, ISimd<TVector>
        {
            RmsNorm<TSimd, TVector>.Forward(operands, y, arena);
            RmsNorm<TSimd, TVector>.Backward(operands, gradients, weightGradient, arena);
        }
    }
}
