using BenchmarkDotNet.Attributes;
using Microsoft.ML.Hydra.Benchmarks.Ours;
using Microsoft.ML.Hydra.Numerics;

namespace Microsoft.ML.Hydra.Benchmarks.SingleKernels;

/// <summary>The gated RMSNorm after the scan of one layer.</summary>
public class NormBenchmark
{
    private static readonly NormShape s_shape = new(TrainingSizes.Model.LatentHeads, TrainingSizes.Tokens, TrainingSizes.Model.InnerWidth);

    private readonly Workspace _workspace = new(1);
    private readonly float[] _x = Numbers.Uniform(s_shape.Rows * s_shape.Width, -1, 1, 1);
    private readonly float[] _gate = Numbers.Uniform(s_shape.Rows * s_shape.Width, -1, 1, 2);
    private readonly float[] _weight = Numbers.Uniform(s_shape.Groups * s_shape.Width, 0.5f, 1.5f, 3);
    private readonly float[] _dy = Numbers.Uniform(s_shape.Rows * s_shape.Width, -1, 1, 4);
    private readonly float[] _output = new float[s_shape.Rows * s_shape.Width];
    private readonly float[] _dgate = new float[s_shape.Rows * s_shape.Width];
    private readonly float[] _dweight = new float[s_shape.Groups * s_shape.Width];

    [Benchmark]
    public void Forward() => RmsNorm.Forward(
        s_shape, new(_x, s_shape.Width), new(_gate, s_shape.Width), _weight, new(_output, s_shape.Width), _workspace);

    [Benchmark]
    public void Backward() => RmsNorm.Backward(
        s_shape, new(_x, s_shape.Width), new(_gate, s_shape.Width), _weight, new(_dy, s_shape.Width),
        new(_output, s_shape.Width), new(_dgate, s_shape.Width), _dweight, _workspace);
}
