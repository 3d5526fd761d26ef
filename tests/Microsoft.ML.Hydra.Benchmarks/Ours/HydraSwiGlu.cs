using Microsoft.ML.Hydra.Benchmarks.Races;
using Microsoft.ML.Hydra.Numerics;

namespace Microsoft.ML.Hydra.Benchmarks.Ours;

/// <summary>The gated product of a feed-forward, forwards and backwards.</summary>
internal sealed class HydraSwiGlu(int rows, int width, int threads) : IEntrant
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

    public void Forward() => SwiGlu.Forward(rows, width, new(_gateUp, 2 * width), new(_y, width), _workspace);

    public void Backward() => SwiGlu.Backward(
        rows, width, new(_gateUp, 2 * width), new(_dy, width), new(_gradient, 2 * width), _workspace);

    public void Dispose() => _workspace.Dispose();
}
