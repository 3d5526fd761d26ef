using Microsoft.ML.Hydra.Benchmarks.Races;
using Microsoft.ML.Hydra.Numerics;

namespace Microsoft.ML.Hydra.Benchmarks.Ours;

/// <summary>Selective scans, forwards and backwards, one sequence of one group a task.</summary>
internal sealed unsafe class HydraScan(ScanShape shape, int threads) : IEntrant
{
    private readonly Workspace _workspace = new(threads);
    private readonly float[] _x = Numbers.Uniform(shape.Rows * shape.Heads * shape.Width, -1, 1, 1);
    private readonly float[] _dt = Numbers.Uniform(shape.Rows * shape.Heads, 0.001f, 0.1f, 2);
    private readonly float[] _rates = Numbers.Uniform(shape.Groups * shape.Heads, -16, -1, 3);
    private readonly float[] _b = Numbers.Uniform(shape.Rows * shape.StateSize, -1, 1, 4);
    private readonly float[] _c = Numbers.Uniform(shape.Rows * shape.StateSize, -1, 1, 5);
    private readonly float[] _skips = new float[shape.Groups * shape.Heads];
    private readonly float[] _y = new float[shape.Rows * shape.Heads * shape.Width];
    private readonly float[] _dy = Numbers.Uniform(shape.Rows * shape.Heads * shape.Width, -1, 1, 6);
    private readonly float[] _dx = new float[shape.Rows * shape.Heads * shape.Width];
    private readonly float[] _ddt = new float[shape.Rows * shape.Heads];
    private readonly float[] _db = new float[shape.Rows * shape.StateSize];
    private readonly float[] _dc = new float[shape.Rows * shape.StateSize];
    private readonly double[] _drates = new double[shape.Sequences * shape.Heads];
    private readonly double[] _dskips = new double[shape.Sequences * shape.Heads];

    private int OuterWidth => shape.Heads * shape.Width;

    public void Run()
    {
        Forward();
        Backward();
    }

    public void Forward()
    {
        fixed (float* x = _x, dt = _dt, rates = _rates, b = _b, c = _c, skips = _skips, y = _y)
        {
            _workspace.Run(shape.Sequences, new ForwardWork(shape, Operands(x, dt, rates, b, c, skips), new(y, OuterWidth)));
        }
    }

    public void Backward()
    {
        fixed (float* x = _x, dt = _dt, rates = _rates, b = _b, c = _c, skips = _skips, dy = _dy, dx = _dx, ddt = _ddt, db = _db, dc = _dc)
        {
            fixed (double* drates = _drates, dskips = _dskips)
            {
                ScanGradients gradients = new()
                {
                    Y = new(dy, OuterWidth),
                    X = new(dx, OuterWidth),
                    Steps = new(ddt, shape.Heads),
                    B = new(db, shape.StateSize),
                    C = new(dc, shape.StateSize),
                    Rates = drates,
                    Skips = dskips,
                };
                _workspace.Run(shape.Sequences, new BackwardWork(shape, Operands(x, dt, rates, b, c, skips), gradients));
            }
        }
    }

    public void Dispose() => _workspace.Dispose();

    // Those of the first sequence
    private ScanOperands Operands(float* x, float* dt, float* rates, float* b, float* c, float* skips) => new()
    {
        Length = shape.Length,
        Heads = shape.Heads,
        Width = shape.Width,
        StateSize = shape.StateSize,
        X = new(x, OuterWidth),
        Steps = new(dt, shape.Heads),
        Rates = rates,
        B = new(b, shape.StateSize),
        C = new(c, shape.StateSize),
        Skips = skips,
    };

    private static ScanOperands Of(ScanShape shape, in ScanOperands first, int sequence)
    {
        int row = sequence * shape.Length, parameter = sequence / shape.Batch * shape.Heads;
        return first with
        {
            X = first.X.From(row),
            Steps = first.Steps.From(row),
            Rates = first.Rates + parameter,
            B = first.B.From(row),
            C = first.C.From(row),
            Skips = first.Skips + parameter,
        };
    }

    private readonly struct ForwardWork(ScanShape shape, ScanOperands operands, RowPointer y) : IWork
    {
        public void Run<TSimd, TVector>(int task, Arena arena)
            where TSimd : struct, ISimd<TVector>
            => SelectiveScan<TSimd, TVector>.Forward(Of(shape, operands, task), y.From(task * shape.Length), null, arena);
    }

    private readonly struct BackwardWork(ScanShape shape, ScanOperands operands, ScanGradients gradients) : IWork
    {
        public void Run<TSimd, TVector>(int task, Arena arena)
            where TSimd : struct, ISimd<TVector>
        {
            int row = task * shape.Length;
            ScanGradients own = gradients with
            {
                Y = gradients.Y.From(row),
                X = gradients.X.From(row),
                Steps = gradients.Steps.From(row),
                B = gradients.B.From(row),
                C = gradients.C.From(row),
                Rates = gradients.Rates + (task * shape.Heads),
                Skips = gradients.Skips + (task * shape.Heads),
            };
            SelectiveScanBackward<TSimd, TVector>.Run(Of(shape, operands, task), own, default, arena);
        }
    }
}
