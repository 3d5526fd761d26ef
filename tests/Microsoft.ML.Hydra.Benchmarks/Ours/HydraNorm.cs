using Microsoft.ML.Hydra.Benchmarks.Races;
using Microsoft.ML.Hydra.Numerics;

namespace Microsoft.ML.Hydra.Benchmarks.Ours;

/// <summary>A gated RMSNorm, forwards and backwards.</summary>
internal sealed unsafe class HydraNorm(int rows, int width, int threads) : IEntrant
{
    private readonly Workspace _workspace = new(threads);
    private readonly float[] _x = Numbers.Uniform((long)rows * width, -1, 1, 1);
    private readonly float[] _gate = Numbers.Uniform((long)rows * width, -1, 1, 2);
    private readonly float[] _weight = Numbers.Uniform(width, 0.5f, 1.5f, 3);
    private readonly float[] _y = new float[(long)rows * width];
    private readonly float[] _dy = Numbers.Uniform((long)rows * width, -1, 1, 4);
    private readonly float[] _dx = new float[(long)rows * width];
    private readonly float[] _dgate = new float[(long)rows * width];
    private readonly float[] _dweight = new float[width];

    /// <summary>Bytes that have to be read: x and z, then x, z and dy.</summary>
    public static double BytesRead(int rows, int width) => 5.0 * sizeof(float) * rows * width;

    public void Run()
    {
        Forward();
        Backward();
    }

    public void Forward()
    {
        fixed (float* x = _x, z = _gate, w = _weight, y = _y)
        {
            ThreadedNorm.Forward(new(rows, width, new(x, width), new(z, width), w), new(y, width), _workspace);
        }
    }

    public void Backward()
    {
        fixed (float* x = _x, z = _gate, w = _weight, dy = _dy, dx = _dx, dz = _dgate, dw = _dweight)
        {
            ThreadedNorm.Backward(
                new(rows, width, new(x, width), new(z, width), w), new(new(dy, width), new(dx, width), new(dz, width)), dw, _workspace);
        }
    }

    public void Dispose() => _workspace.Dispose();
}
