using BenchmarkDotNet.Attributes;
using Microsoft.ML.Hydra.Benchmarks.Ours;
using Microsoft.ML.Hydra.Numerics;

namespace Microsoft.ML.Hydra.Benchmarks.SingleKernels;

/// <summary>The causal convolution with SiLU of one layer.</summary>
public class ConvolutionBenchmark
{
    private static readonly ConvolutionShape s_shape = new(
        TrainingSizes.Model.LatentHeads, TrainingSizes.Sequences, TrainingSizes.Length, TrainingSizes.Model.ConvolvedWidth, TrainingSizes.Model.ConvolutionTaps);

    private readonly Workspace _workspace = new(1);
    private readonly float[] _x = Numbers.Uniform(s_shape.Rows * s_shape.Channels, -1, 1, 1);
    private readonly float[] _weight = Numbers.Uniform(s_shape.Groups * s_shape.Taps * s_shape.Channels, -0.5f, 0.5f, 2);
    private readonly float[] _bias = Numbers.Uniform(s_shape.Groups * s_shape.Channels, -0.5f, 0.5f, 3);
    private readonly float[] _dy = Numbers.Uniform(s_shape.Rows * s_shape.Channels, -1, 1, 4);
    private readonly float[] _output = new float[s_shape.Rows * s_shape.Channels];
    private readonly float[] _dweight = new float[s_shape.Groups * s_shape.Taps * s_shape.Channels];
    private readonly float[] _dbias = new float[s_shape.Groups * s_shape.Channels];

    [Benchmark]
    public void Forward() => CausalConvolutionSilu.Forward(
        s_shape, new(_x, s_shape.Channels), _weight, _bias, [], new(_output, s_shape.Channels), _workspace);

    [Benchmark]
    public void Backward() => CausalConvolutionSilu.Backward(
        s_shape, new(_x, s_shape.Channels), _weight, _bias, [], new(_dy, s_shape.Channels), new(_output, s_shape.Channels), _dweight, _dbias, _workspace);
}
