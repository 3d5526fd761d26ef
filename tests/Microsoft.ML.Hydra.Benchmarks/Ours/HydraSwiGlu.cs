using Microsoft.ML.Hydra.Benchmarks.Races;
using Microsoft.ML.Hydra.Numerics;

namespace Microsoft.ML.Hydra.Benchmarks.Ours;

/// <summary>The gated product of a feed-forward, forwards and backwards.</summary>
internal sealed unsafe class HydraSwiGlu(int rows, int width, int threads) : IEntrant
{
    private readonly Workspace _workspace = new(threads);
    private readonly float[] _gateUp = Numbers.Uniform(2L * rows * width, -1, 1, 1);
    private readonly float[] _y = new float[(long)rows * width];
    private readonly float[] _dy = Numbers.Uniform((long)rows * width, -1, 1, 2);
    private readonly float[] _gradient = new float[2L * rows * width];

    /// <summary>Bytes that have to be read: [g | u], then [g | u] and dy.</summary>
    public static double BytesRead(int rows, int width) => 5.0 * sizeof(float) * rows * width;

    public void Run()
    {
        Forward();
        Backward();
    }

    public void Forward()
    {
        fixed (float* x = _gateUp, y = _y)
        {
            ThreadedSwiGlu.Forward(rows, width, x, y, _workspace);
        }
    }

    public void Backward()
    {
        fixed (float* x = _gateUp, dy = _dy, dx = _gradient)
        {
            ThreadedSwiGlu.Backward(rows, width, x, dy, dx, _workspace);
        }
    }

    public void Dispose() => _workspace.Dispose();
}
