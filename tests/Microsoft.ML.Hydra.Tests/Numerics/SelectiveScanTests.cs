using Microsoft.ML.Hydra.Numerics;
using Microsoft.ML.Hydra.Tests.Compute;
using Microsoft.ML.Hydra.Tests.Numerics.Reference;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Microsoft.ML.Hydra.Tests.Numerics;

public sealed class SelectiveScanTests
{
    public static TheoryData<string> Sets => KernelCase.SetNames;

    [Theory]
    [MemberData(nameof(Sets))]
    public void Odd_sizes_and_lengths_around_a_segment_equal_the_twin(string set)
    {
        Sizes[] all =
        [
            new(1, 1, 1, 1), new(5, 2, 3, 5), new(1, 2, 3, 5), new(200, 2, 16, 32), new(66, 2, 16, 32), new(67, 3, 8, 16), new(22, 3, 8, 16),
            new(130, 1, 33, 17), new(64, 1, 20, 4), new(21, 1, 20, 4), new(65, 2, 4, 40), new(63, 1, 9, 12), new(128, 1, 9, 12), new(129, 2, 9, 12),
        ];
        foreach (Sizes sizes in all)
        {
            new Problem(sizes, rate: -3, largestStep: 0.2).Compare(set, tolerance: 3e-6);
        }
    }

    [Theory]
    [MemberData(nameof(Sets))]
    public void Stiff_decays_stay_exact(string set)
    {
        foreach ((double rate, double step) in new[] { (-60, 0.1), (-60, 1.0), (-60, 3.0), (-16.0, 0.5), (-1e-4, 0.1), (-200, 1.0) })
        {
            new Problem(new(150, 2, 8, 16), rate, step).Compare(set, tolerance: 4e-6);
            new Problem(new(50, 2, 8, 16), rate, step).Compare(set, tolerance: 4e-6);
        }
    }

    [Theory]
    [MemberData(nameof(Sets))]
    public void A_long_sequence_keeps_its_precision(string set) =>
        new Problem(new(5000, 1, 4, 8), rate: -60, largestStep: 0.3).Compare(set, tolerance: 1e-5);

    [Theory]
    [MemberData(nameof(Sets))]
    public void Pieces_that_take_over_from_their_neighbours_equal_the_whole_sequence(string set)
    {
        foreach ((double rate, double step) in new[] { (-3, 0.2), (-60, 1.0) })
        {
            new Problem(new(150, 2, 5, 7), rate, step).Compare(set, tolerance: 3e-6, 0, 70, 71, 150);
            new Problem(new(130, 1, 16, 16), rate, step).Compare(set, tolerance: 3e-6, 0, 64, 130);
        }
    }

    private sealed record Sizes(int Length, int Heads, int Width, int StateSize);

    private sealed class Problem
    {
        private static readonly string[] s_names = ["y", "dx", "ddt", "dA", "dB", "dC", "dD"];
        private readonly Sizes _sizes;
        private readonly float[] _x, _dt, _a, _b, _c, _d, _dy;

        public Problem(Sizes sizes, double rate, double largestStep)
        {
            _sizes = sizes;
            _x = KernelCase.Random(1, sizes.Length * sizes.Heads * sizes.Width);
            _dt = KernelCase.Random(2, sizes.Length * sizes.Heads, largestStep / 50, largestStep);
            _a = KernelCase.Random(3, sizes.Heads, rate, rate / 2);
            _b = KernelCase.Random(4, sizes.Length * sizes.StateSize);
            _c = KernelCase.Random(5, sizes.Length * sizes.StateSize);
            _d = KernelCase.Random(6, sizes.Heads);
            _dy = KernelCase.Random(7, _x.Length);
        }

        /// <param name="set">Instruction set.</param>
        /// <param name="tolerance">Largest error, relative to the largest number.</param>
        /// <param name="borders">First steps of pieces that run one by one, and the length; none: the sequence runs whole.</param>
        public void Compare(string set, double tolerance, params int[] borders)
        {
            float[][] actual = Run(set, borders);
            double[][] expected = Expected();
            for (int i = 0; i < s_names.Length; i++)
            {
                // dA sums terms of both signs over all steps: its error is that of the terms.
                double allowed = s_names[i] == "dA" ? 20 * tolerance : tolerance;
                KernelCase.Close(expected[i], actual[i], allowed, $"{set} {_sizes} A {_a[0]} {s_names[i]}");
            }
        }

        private double[][] Expected()
        {
            using DisposeScope scope = NewDisposeScope();
            (int length, int heads) = (_sizes.Length, _sizes.Heads);
            Tensor Leaf(float[] values, params long[] shape) => tensor(values.ToDouble()).view(shape).requires_grad_(true);
            Tensor x = Leaf(_x, 1, 1, length, heads, _sizes.Width), dt = Leaf(_dt, 1, 1, length, heads), a = Leaf(_a, 1, heads);
            Tensor b = Leaf(_b, 1, 1, length, _sizes.StateSize), c = Leaf(_c, 1, 1, length, _sizes.StateSize), d = Leaf(_d, heads, 1);
            Tensor y = ReferenceScan.Run(x, dt, a, b, c) + (d * x);
            y.backward([tensor(_dy.ToDouble()).view(y.shape)]);
            return [y.Values(), .. new[] { x, dt, a, b, c, d }.Select(leaf => leaf.grad!.Values())];
        }

        private unsafe float[][] Run(string set, int[] borders)
        {
            using var arena = new Arena();
            (int length, int heads, int width, int n) = _sizes;
            RowPointer y = arena.Room(length, heads * width), dx = arena.Room(length, heads * width), ddt = arena.Room(length, heads);
            RowPointer db = arena.Room(length, n), dc = arena.Room(length, n);
            ScanOperands operands = new()
            {
                Length = length, Heads = heads, Width = width, StateSize = n,
                X = arena.Place(_x, heads * width), Steps = arena.Place(_dt, heads), Rates = arena.Place(_a),
                B = arena.Place(_b, n), C = arena.Place(_c, n), Skips = arena.Place(_d),
            };
            ScanGradients gradients = new()
            {
                Y = arena.Place(_dy, heads * width), X = dx, Steps = ddt, B = db, C = dc, Rates = arena.Doubles(heads), Skips = arena.Doubles(heads),
            };
            float[] rates = new float[heads], skips = new float[heads];
            if (borders.Length == 0)
            {
                KernelCase.Run(set, new Scan(operands, y, null));
                Backward(operands, gradients, default);
            }
            else
            {
                RunPieces();
            }

            return [y.Values(length, heads * width), dx.Values(length, heads * width), ddt.Values(length, heads), rates, db.Values(length, n), dc.Values(length, n), skips];

            void Backward(ScanOperands piece, ScanGradients of, ScanNeighbours neighbours)
            {
                KernelCase.Run(set, new ScanBack(piece, of, neighbours));
                for (int i = 0; i < heads; i++)
                {
                    rates[i] += (float)of.Rates[i];
                    skips[i] += (float)of.Skips[i];
                }
            }

            void RunPieces()
            {
                int stateLength = heads * n * width;
                float* states = arena.Floats(stateLength), adjoints = arena.Floats(stateLength);
                double* logDecayGradients = arena.Doubles(heads);
                new Span<float>(states, stateLength).Clear();
                new Span<float>(adjoints, stateLength).Clear();
                new Span<double>(logDecayGradients, heads).Clear();
                var before = new float[borders.Length][];
                for (int i = 0; i + 1 < borders.Length; i++)
                {
                    before[i] = new Span<float>(states, stateLength).ToArray();
                    KernelCase.Run(set, new Scan(Piece(i), y.From(borders[i]), states));
                }

                for (int i = borders.Length - 2; i >= 0; i--)
                {
                    int first = borders[i];
                    before[i].CopyTo(new Span<float>(states, stateLength));
                    ScanGradients of = gradients with
                    {
                        Y = gradients.Y.From(first), X = dx.From(first), Steps = ddt.From(first), B = db.From(first), C = dc.From(first),
                    };
                    Backward(Piece(i), of, new(i == 0 ? null : states, adjoints, logDecayGradients));
                }
            }

            ScanOperands Piece(int i) => operands with
            {
                Length = borders[i + 1] - borders[i],
                X = operands.X.From(borders[i]), Steps = operands.Steps.From(borders[i]), B = operands.B.From(borders[i]), C = operands.C.From(borders[i]),
            };
        }
    }

    private readonly unsafe struct Scan(ScanOperands operands, RowPointer y, float* states) : IWork
    {
        public void Run<TSimd, TVector>(int task, Arena arena)
            where TSimd : struct, ISimd<TVector>
            => SelectiveScan<TSimd, TVector>.Forward(operands, y, states, arena);
    }

    private readonly struct ScanBack(ScanOperands operands, ScanGradients gradients, ScanNeighbours neighbours) : IWork
    {
        public void Run<TSimd, TVector>(int task, Arena arena)
            where TSimd : struct, ISimd<TVector>
            => SelectiveScanBackward<TSimd, TVector>.Run(operands, gradients, neighbours, arena);
    }
}
