using Microsoft.ML.Hydra.Numerics;
using Microsoft.ML.Hydra.Tests.Numerics.Reference;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Numerics;

public sealed class ConvolutionSiluTests
{
    public static TheoryData<string> Sets => KernelCase.SetNames;

    [Theory]
    [MemberData(nameof(Sets))]
    public void Odd_sizes_equal_the_twin(string set)
    {
        (int Length, int Channels, int Taps)[] all =
        [
            (1, 1, 1), (7, 5, 4), (3, 5, 4), (1, 5, 4), (30, 96, 4), (15, 96, 4), (9, 33, 3), (4, 33, 3), (2, 16, 6), (1, 16, 6), (40, 8, 1), (20, 8, 1),
        ];
        foreach ((int length, int channels, int taps) in all)
        {
            Problem problem = new(length, channels, taps);
            ReferenceConvolution twin = problem.Twin();
            var (dx, dw, db) = twin.Backward(problem.OutputGradient.ToDouble());
            double[][] expected = [twin.Forward(), dx, dw, db];
            float[][] actual = problem.Run(set);
            for (int i = 0; i < expected.Length; i++)
            {
                KernelCase.Close(expected[i], actual[i], 3e-6, $"{set} {length}, {channels}, {taps} result {i}");
            }
        }
    }

    [Fact]
    public void Twin_equals_central_differences()
    {
        Problem problem = new(length: 6, channels: 3, taps: 4);
        ReferenceConvolution twin = problem.Twin();
        double[] weights = problem.OutputGradient.ToDouble();
        var (dx, dw, db) = twin.Backward(weights);
        double Loss() => twin.Forward().Zip(weights, (y, w) => y * w).Sum();

        KernelCase.IsGradient(dx, twin.X, Loss, "dx");
        KernelCase.IsGradient(dw, twin.Weight, Loss, "dw");
        KernelCase.IsGradient(db, twin.Bias, Loss, "dbias");
    }

    private sealed class Problem(int length, int channels, int taps)
    {
        private readonly float[] _x = KernelCase.Random(1, length * channels, -2, 2);
        private readonly float[] _weight = KernelCase.Random(2, taps * channels);
        private readonly float[] _bias = KernelCase.Random(3, channels);

        public float[] OutputGradient { get; } = KernelCase.Random(4, length * channels);

        public ReferenceConvolution Twin() => new(channels, taps) { X = _x.ToDouble(), Weight = _weight.ToDouble(), Bias = _bias.ToDouble() };

        /// <summary>y, dx, dw, dbias.</summary>
        public unsafe float[][] Run(string set)
        {
            using var arena = new Arena();
            RowPointer y = arena.Room(length, channels), dx = arena.Room(length, channels);
            RowPointer dw = arena.Room(1, taps * channels), db = arena.Room(1, channels);
            ConvolutionOperands operands = new()
            {
                Length = length, Channels = channels, Taps = taps,
                X = arena.Place(_x, channels), Weight = arena.Place(_weight), Bias = arena.Place(_bias),
            };
            KernelCase.Run(set, new Convolution(operands, y, arena.Place(OutputGradient, channels), dx, dw.Start, db.Start));
            return [y.Values(length, channels), dx.Values(length, channels), dw.Values(1, taps * channels), db.Values(1, channels)];
        }
    }

    private readonly unsafe struct Convolution(ConvolutionOperands operands, RowPointer y, RowPointer dy, RowPointer dx, float* dw, float* db) : IWork
    {
        public void Run<TSimd, TVector>(int task, Arena arena)
            where TSimd : struct, ISimd<TVector>
        {
            ConvolutionSilu<TSimd, TVector>.Forward(operands, y);
            ConvolutionSilu<TSimd, TVector>.Backward(operands, dy, dx, dw, db, arena);
        }
    }
}
