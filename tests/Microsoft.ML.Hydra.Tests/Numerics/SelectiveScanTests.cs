using Microsoft.ML.Hydra.Numerics;
using Microsoft.ML.Hydra.Tests.Numerics.Reference;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Numerics;

public sealed class SelectiveScanTests
{
    public static TheoryData<string> Sets => KernelCase.SetNames;

    [Theory]
    [MemberData(nameof(Sets))]
    public void Odd_shapes_and_ragged_lengths_equal_the_twin(string set)
    {
        ScanShape[] shapes =
        [
            new(1, 1, 1, 1, 1, 1), new(2, 3, 5, 2, 3, 5), new(1, 2, 200, 2, 16, 32), new(2, 2, 67, 3, 8, 16), new(1, 1, 130, 1, 33, 17),
            new(1, 4, 64, 1, 20, 4), new(3, 1, 65, 2, 4, 40),
        ];
        foreach (ScanShape shape in shapes)
        {
            var problem = new Problem(shape, rate: -3, largestStep: 0.2);
            problem.Compare(set, tolerance: 3e-6);
        }
    }

    [Theory]
    [MemberData(nameof(Sets))]
    public void Stiff_decays_stay_exact(string set)
    {
        foreach ((double rate, double step) in new[] { (-60, 0.1), (-60, 1.0), (-60, 3.0), (-16.0, 0.5), (-1e-4, 0.1), (-200, 1.0) })
        {
            var problem = new Problem(new(1, 2, 150, 2, 8, 16), rate, step);
            problem.Compare(set, tolerance: 3e-6);
        }
    }

    [Theory]
    [MemberData(nameof(Sets))]
    public void A_long_sequence_keeps_its_precision(string set) =>
        new Problem(new(1, 1, 5000, 1, 4, 8), rate: -60, largestStep: 0.3).Compare(set, tolerance: 1e-5);

    [Theory]
    [MemberData(nameof(Sets))]
    public void Number_of_threads_does_not_change_a_bit(string set)
    {
        var problem = new Problem(new(2, 5, 70, 2, 9, 12), rate: -8, largestStep: 0.3);
        float[][] first = problem.Run(set, 1);
        foreach (int degree in new[] { 2, 3, 16 })
        {
            float[][] other = problem.Run(set, degree);
            for (int i = 0; i < first.Length; i++)
            {
                Assert.Equal(first[i], other[i]);
            }
        }
    }

    [Fact]
    public void Twin_equals_central_differences()
    {
        ScanShape shape = new(2, 2, 6, 2, 3, 4);
        var problem = new Problem(shape, rate: -2, largestStep: 0.7);
        ReferenceScan twin = problem.Twin;
        double[] weights = problem.OutputGradient.ToDouble();
        var (dx, ddt, da, db, dc, dd) = twin.Backward(weights);
        double Loss() => twin.Forward().Zip(weights, (y, w) => y * w).Sum();

        KernelCase.IsGradient(dx, twin.X, Loss, "dx");
        KernelCase.IsGradient(ddt, twin.Dt, Loss, "ddt");
        KernelCase.IsGradient(da, twin.A, Loss, "dA");
        KernelCase.IsGradient(db, twin.B, Loss, "dB");
        KernelCase.IsGradient(dc, twin.C, Loss, "dC");
        KernelCase.IsGradient(dd, twin.D, Loss, "dD");
    }

    [Fact]
    public void Wrong_lengths_are_refused()
    {
        var problem = new Problem(new(1, 2, 3, 1, 2, 2), -1, 1);
        problem.Lengths[0] = 4;
        Assert.Throws<ArgumentOutOfRangeException>(() => problem.Run(nameof(InstructionSet.Portable), 1));
    }

    // Operands in rows longer than they need, as slices of a packed projection are.
    private sealed class Problem
    {
        private const int Padding = 5;
        private readonly ScanShape _shape;
        private readonly int _xStride, _narrowStride;
        private readonly float[] _x, _dt, _a, _b, _c, _d;

        public Problem(ScanShape shape, double rate, double largestStep)
        {
            _shape = shape;
            (_xStride, _narrowStride) = ((shape.Heads * shape.Width) + Padding, shape.StateSize + Padding);
            Lengths = [.. Enumerable.Range(0, shape.Batch).Select(b => b % 3 == 1 ? shape.Length / 3 : b % 3 == 2 ? 0 : shape.Length)];
            _x = KernelCase.Random(1, shape.Rows * _xStride);
            _dt = KernelCase.Random(2, shape.Rows * shape.Heads, largestStep / 50, largestStep);
            _a = KernelCase.Random(3, shape.Groups * shape.Heads, rate, rate / 2);
            _b = KernelCase.Random(4, shape.Rows * _narrowStride);
            _c = KernelCase.Random(5, shape.Rows * _narrowStride);
            _d = KernelCase.Random(6, shape.Groups * shape.Heads);
            OutputGradient = KernelCase.Random(7, shape.Rows * shape.Heads * shape.Width);
            Twin = new(shape, Lengths)
            {
                X = Narrow(_x, _xStride).ToDouble(), Dt = _dt.ToDouble(), A = _a.ToDouble(),
                B = Narrow(_b, _narrowStride).ToDouble(), C = Narrow(_c, _narrowStride).ToDouble(), D = _d.ToDouble(),
            };
        }

        public int[] Lengths { get; }

        public float[] OutputGradient { get; }

        public ReferenceScan Twin { get; }

        public void Compare(string set, double tolerance)
        {
            float[][] actual = Run(set, 1);
            var (dx, ddt, da, db, dc, dd) = Twin.Backward(OutputGradient.ToDouble());
            double[][] expected = [Twin.Forward(), dx, ddt, da, db, dc, dd];
            string[] names = ["y", "dx", "ddt", "dA", "dB", "dC", "dD"];
            for (int i = 0; i < names.Length; i++)
            {
                // dA sums terms of both signs over all steps: its error is that of the terms.
                double allowed = names[i] == "dA" ? 20 * tolerance : tolerance;
                KernelCase.Close(expected[i], actual[i], allowed, $"{set} {_shape} A {_a[0]} {names[i]}");
            }
        }

        public float[][] Run(string set, int degree)
        {
            using Workspace workspace = KernelCase.Workspace(set, degree);
            float[] y = Filled(_shape.Rows * _xStride), dx = Filled(y.Length), ddt = Filled(_dt.Length), da = Filled(_a.Length);
            float[] db = Filled(_b.Length), dc = Filled(_c.Length), dd = Filled(_d.Length);
            ScanInputs inputs = new()
            {
                X = new(_x, _xStride), StepSizes = new(_dt, _shape.Heads), Rates = _a, B = new(_b, _narrowStride), C = new(_c, _narrowStride),
                Skip = _d, Lengths = Lengths,
            };
            SelectiveScan.Forward(_shape, inputs, new(y, _xStride), workspace);
            SelectiveScan.Backward(
                _shape, inputs, new(OutputGradient, _shape.Heads * _shape.Width),
                new()
                {
                    X = new(dx, _xStride), StepSizes = new(ddt, _shape.Heads), Rates = da, B = new(db, _narrowStride), C = new(dc, _narrowStride), Skip = dd,
                },
                workspace);
            return [Narrow(y, _xStride), Narrow(dx, _xStride), ddt, da, Narrow(db, _narrowStride), Narrow(dc, _narrowStride), dd];
        }

        // Old content that must not be read
        private static float[] Filled(long count)
        {
            var values = new float[count];
            Array.Fill(values, float.NaN);
            return values;
        }

        private static float[] Narrow(float[] rows, int stride) => [.. rows.Chunk(stride).SelectMany(r => r[..^Padding])];
    }
}
