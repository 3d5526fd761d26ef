using Microsoft.ML.Hydra.Benchmarks.Races;
using Microsoft.ML.Hydra.Numerics;

namespace Microsoft.ML.Hydra.Benchmarks.Ours;

/// <summary>A causal convolution with SiLU, forwards and backwards.</summary>
internal sealed class HydraConvolution(ConvolutionShape shape, int threads) : IEntrant
{
    private readonly Workspace _workspace = new(threads);
    private readonly float[] _x = Numbers.Uniform(shape.Rows * shape.Channels, -1, 1, 1);
    private readonly float[] _weight = Numbers.Uniform(shape.Groups * shape.Taps * shape.Channels, -0.5f, 0.5f, 2);
    private readonly float[] _bias = Numbers.Uniform(shape.Groups * shape.Channels, -0.5f, 0.5f, 3);
    private readonly float[] _y = new float[shape.Rows * shape.Channels];
    private readonly float[] _dy = Numbers.Uniform(shape.Rows * shape.Channels, -1, 1, 4);
    private readonly float[] _dx = new float[shape.Rows * shape.Channels];
    private readonly float[] _dweight = new float[shape.Groups * shape.Taps * shape.Channels];
    private readonly float[] _dbias = new float[shape.Groups * shape.Channels];

    /// <summary>Bytes that have to be read: x, then x and dy.</summary>
    public static double BytesRead(ConvolutionShape shape) => 3.0 * sizeof(float) * shape.Rows * shape.Channels;

    public void Run()
    {
        Forward();
        Backward();
    }

    public void Forward() => CausalConvolutionSilu.Forward(
        shape, new(_x, shape.Channels), _weight, _bias, [], new(_y, shape.Channels), _workspace);

    public void Backward() => CausalConvolutionSilu.Backward(
        shape, new(_x, shape.Channels), _weight, _bias, [], new(_dy, shape.Channels), new(_dx, shape.Channels), _dweight, _dbias, _workspace);

    public void Dispose() => _workspace.Dispose();
}
