using Microsoft.ML.Hydra.Benchmarks.Races;
using Microsoft.ML.Hydra.Numerics;

namespace Microsoft.ML.Hydra.Benchmarks.Ours;

/// <summary>A gated RMSNorm, forwards and backwards.</summary>
internal sealed class HydraNorm(NormShape shape, int threads) : IEntrant
{
    private readonly Workspace _workspace = new(threads);
    private readonly float[] _x = Numbers.Uniform(shape.Rows * shape.Width, -1, 1, 1);
    private readonly float[] _gate = Numbers.Uniform(shape.Rows * shape.Width, -1, 1, 2);
    private readonly float[] _weight = Numbers.Uniform(shape.Groups * shape.Width, 0.5f, 1.5f, 3);
    private readonly float[] _y = new float[shape.Rows * shape.Width];
    private readonly float[] _dy = Numbers.Uniform(shape.Rows * shape.Width, -1, 1, 4);
    private readonly float[] _dx = new float[shape.Rows * shape.Width];
    private readonly float[] _dgate = new float[shape.Rows * shape.Width];
    private readonly float[] _dweight = new float[shape.Groups * shape.Width];

    /// <summary>Bytes that have to be read: x and z, then x, z and dy.</summary>
    public static double BytesRead(NormShape shape) => 5.0 * sizeof(float) * shape.Rows * shape.Width;

    public void Run()
    {
        Forward();
        Backward();
    }

    public void Forward() => RmsNorm.Forward(
        shape, new(_x, shape.Width), new(_gate, shape.Width), _weight, new(_y, shape.Width), _workspace);

    public void Backward() => RmsNorm.Backward(
        shape, new(_x, shape.Width), new(_gate, shape.Width), _weight, new(_dy, shape.Width),
        new(_dx, shape.Width), new(_dgate, shape.Width), _dweight, _workspace);

    public void Dispose() => _workspace.Dispose();
}
