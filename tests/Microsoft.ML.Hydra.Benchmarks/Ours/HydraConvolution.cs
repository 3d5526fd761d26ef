using Microsoft.ML.Hydra.Benchmarks.Races;
using Microsoft.ML.Hydra.Numerics;

namespace Microsoft.ML.Hydra.Benchmarks.Ours;

/// <summary>Causal convolutions with SiLU, forwards and backwards, one sequence a task.</summary>
internal sealed unsafe class HydraConvolution(ConvolutionShape shape, int threads) : IEntrant
{
    private readonly Workspace _workspace = new(threads);
    private readonly float[] _x = Numbers.Uniform(shape.Numbers, -1, 1, 1);
    private readonly float[] _weight = Numbers.Uniform(shape.Taps * shape.Channels, -0.5f, 0.5f, 2);
    private readonly float[] _bias = Numbers.Uniform(shape.Channels, -0.5f, 0.5f, 3);
    private readonly float[] _y = new float[shape.Numbers];
    private readonly float[] _dy = Numbers.Uniform(shape.Numbers, -1, 1, 4);
    private readonly float[] _dx = new float[shape.Numbers];
    private readonly float[] _dweight = new float[shape.Sequences * shape.Taps * shape.Channels];
    private readonly float[] _dbias = new float[shape.Sequences * shape.Channels];

    /// <summary>Bytes that have to be read: x, then x and dy.</summary>
    public static double BytesRead(ConvolutionShape shape) => 3.0 * sizeof(float) * shape.Numbers;

    public void Run()
    {
        Forward();
        Backward();
    }

    public void Forward()
    {
        fixed (float* x = _x, weight = _weight, bias = _bias, y = _y)
        {
            _workspace.Run(shape.Sequences, new ForwardWork(Operands(x, weight, bias), new(y, shape.Channels)));
        }
    }

    public void Backward()
    {
        fixed (float* x = _x, weight = _weight, bias = _bias, dy = _dy, dx = _dx, dweight = _dweight, dbias = _dbias)
        {
            _workspace.Run(
                shape.Sequences,
                new BackwardWork(Operands(x, weight, bias), new(dy, shape.Channels), new(dx, shape.Channels), dweight, dbias));
        }
    }

    public void Dispose() => _workspace.Dispose();

    // Those of the first sequence
    private ConvolutionOperands Operands(float* x, float* weight, float* bias) => new()
    {
        Length = shape.Length,
        Channels = shape.Channels,
        Taps = shape.Taps,
        X = new(x, shape.Channels),
        Weight = weight,
        Bias = bias,
    };

    private readonly struct ForwardWork(ConvolutionOperands first, RowPointer y) : IWork
    {
        public void Run<TSimd, TVector>(int task, Arena arena)
            where TSimd : struct, ISimd<TVector>
        {
            int row = task * first.Length;
            ConvolutionSilu<TSimd, TVector>.Forward(first with { X = first.X.From(row) }, y.From(row));
        }
    }

    private readonly struct BackwardWork(ConvolutionOperands first, RowPointer dy, RowPointer dx, float* dweight, float* dbias) : IWork
    {
        public void Run<TSimd, TVector>(int task, Arena arena)
            where TSimd : struct, ISimd<TVector>
        {
            int row = task * first.Length;
            ConvolutionSilu<TSimd, TVector>.Backward(
                first with { X = first.X.From(row) }, dy.From(row), dx.From(row), dweight + (task * first.Taps * first.Channels),
                dbias + (task * first.Channels), arena);
        }
    }
}
