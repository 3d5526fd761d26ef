using BenchmarkDotNet.Attributes;
using Microsoft.ML.Hydra.Benchmarks.Ours;
using Microsoft.ML.Hydra.Numerics;
using Microsoft.ML.Hydra.Training;

namespace Microsoft.ML.Hydra.Benchmarks.SingleKernels;

/// <summary>The whole model from item vectors to sequence vectors and back, without loss and optimiser.</summary>
public unsafe class EncoderBenchmark
{
    private readonly Arena _memory = new();
    private readonly SequenceBatch _batch = RaceModel.Batch(KernelShapes.Default.Sequences, KernelShapes.Default.Length);
    private readonly DropoutMask _dropout = new(seed: 1, RaceModel.Dropout);
    private readonly float[] _hidden = new float[KernelShapes.Default.Tokens * KernelShapes.Default.Model.Width];
    private readonly float[] _hiddenGradient = Numbers.Uniform((long)KernelShapes.Default.Tokens * KernelShapes.Default.Model.Width, -1, 1, 1);
    private readonly float[] _vectorsGradient = new float[KernelShapes.Default.Tokens * KernelShapes.Default.Model.Width];
    private readonly HydraEncoder _encoder = new(KernelShapes.Default.Model, new Workspace(1));
    private readonly TokenLayout _layout;
    private readonly EncoderWeights _weights;
    private readonly Dictionary<string, nint> _gradients = [];

    public EncoderBenchmark()
    {
        _layout = new TokenLayout(_batch.Lengths);
        _weights = EncoderWeights.Bind(KernelShapes.Default.Model, Weight);
        foreach ((string name, long length) in EncoderWeights.Lengths(KernelShapes.Default.Model))
        {
            _gradients[name] = (nint)_memory.Floats(length);
        }
    }

    [Benchmark]
    public void Forward() => Run(backward: false);

    [Benchmark]
    public void ForwardAndBackward() => Run(backward: true);

    private void Run(bool backward)
    {
        fixed (float* hidden = _hidden, gradient = _hiddenGradient, vectorsGradient = _vectorsGradient)
        {
            fixed (int* items = _batch.Items, positions = _batch.Positions)
            {
                var input = new EncoderInput
                {
                    Tokens = _layout,
                    Vectors = new ItemRows(_weights.Items, items),
                    Positions = positions,
                    Times = null,
                    Dropout = _dropout,
                };
                _encoder.Pack(_weights, trains: backward);
                _encoder.Forward(_weights, input, backward, hidden);
                if (backward)
                {
                    _encoder.Backward(_weights, input, gradient, vectorsGradient, (name, _) => (float*)_gradients[name]);
                }
            }
        }
    }

    // Norms near 1, decay rates −e^A_log from −1 to −16, step sizes from 0.01 to 0.1, the rest small
    private float* Weight(string name, params ReadOnlySpan<long> shape)
    {
        long length = EncoderWeights.Length(shape);
        (float least, float most) = name.EndsWith("A_log", StringComparison.Ordinal) ? (0f, 2.77f)
            : name.EndsWith("dt_bias", StringComparison.Ordinal) ? (-4.6f, -2.25f)
            : name.EndsWith("norm.weight", StringComparison.Ordinal) ? (0.9f, 1.1f)
            : (-0.1f, 0.1f);
        float* weight = _memory.Floats(length);
        Numbers.Uniform(length, least, most, seed: 1).CopyTo(new Span<float>(weight, (int)length));
        return weight;
    }
}
