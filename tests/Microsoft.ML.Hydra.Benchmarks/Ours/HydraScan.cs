using Microsoft.ML.Hydra.Benchmarks.Races;
using Microsoft.ML.Hydra.Numerics;

namespace Microsoft.ML.Hydra.Benchmarks.Ours;

/// <summary>A selective scan, forwards and backwards.</summary>
internal sealed class HydraScan(ScanShape shape, int threads) : IEntrant
{
    private readonly Workspace _workspace = new(threads);
    private readonly float[] _x = Numbers.Uniform(shape.Rows * shape.Heads * shape.Width, -1, 1, 1);
    private readonly float[] _dt = Numbers.Uniform(shape.Rows * shape.Heads, 0.001f, 0.1f, 2);
    private readonly float[] _rates = Numbers.Uniform(shape.Groups * shape.Heads, -16, -1, 3);
    private readonly float[] _b = Numbers.Uniform(shape.Rows * shape.StateSize, -1, 1, 4);
    private readonly float[] _c = Numbers.Uniform(shape.Rows * shape.StateSize, -1, 1, 5);
    private readonly float[] _y = new float[shape.Rows * shape.Heads * shape.Width];
    private readonly float[] _dy = Numbers.Uniform(shape.Rows * shape.Heads * shape.Width, -1, 1, 6);
    private readonly float[] _dx = new float[shape.Rows * shape.Heads * shape.Width];
    private readonly float[] _ddt = new float[shape.Rows * shape.Heads];
    private readonly float[] _drates = new float[shape.Groups * shape.Heads];
    private readonly float[] _db = new float[shape.Rows * shape.StateSize];
    private readonly float[] _dc = new float[shape.Rows * shape.StateSize];

    private int OuterWidth => shape.Heads * shape.Width;

    private ScanInputs Inputs => new()
    {
        X = new(_x, OuterWidth),
        StepSizes = new(_dt, shape.Heads),
        Rates = _rates,
        B = new(_b, shape.StateSize),
        C = new(_c, shape.StateSize),
    };

    public void Run()
    {
        Forward();
        Backward();
    }

    public void Forward() => SelectiveScan.Forward(shape, Inputs, new(_y, OuterWidth), _workspace);

    public void Backward() => SelectiveScan.Backward(
        shape,
        Inputs,
        new(_dy, OuterWidth),
        new ScanGradients
        {
            X = new(_dx, OuterWidth),
            StepSizes = new(_ddt, shape.Heads),
            Rates = _drates,
            B = new(_db, shape.StateSize),
            C = new(_dc, shape.StateSize),
        },
        _workspace);

    public void Dispose() => _workspace.Dispose();
}
