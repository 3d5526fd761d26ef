using Microsoft.ML.Hydra.Benchmarks.Races;
using Microsoft.ML.Hydra.Compute;
using Microsoft.ML.Hydra.Model;
using Microsoft.ML.Hydra.Numerics;
using Microsoft.ML.Hydra.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Hydra.Benchmarks.Ours;

/// <summary>A Hydra model of one layer, forwards and backwards from given gradients of its outputs.</summary>
internal sealed class HydraBlock : IEntrant
{
    private readonly HydraModel _model;
    private readonly TokenBatch _tokens;
    private readonly Tensor _gradient;   // [T, d]

    public HydraBlock(ModelSizes sizes, int sequences, int length, int threads)
    {
        SequenceBatch batch = RaceModel.Batch(sequences, length);
        _model = new HydraModel(sizes, ModelKernels.For(CPU, threads), seed: 1, dropoutRate: 0);
        _tokens = new TokenBatch(batch.Items, batch.Positions, batch.Lengths);
        _gradient = randn(batch.Items.Length, sizes.Width);
    }

    public long Parameters => LayerParameters(_model.Sizes);

    /// <summary>Trained weights of one layer.</summary>
    public static long LayerParameters(ModelSizes sizes) =>
        EncoderWeights.Lengths(sizes).Where(weight => weight.Name.StartsWith("layers.0.", StringComparison.Ordinal)).Sum(weight => weight.Length);

    public void Run()
    {
        using DisposeScope scope = NewDisposeScope();
        _model.zero_grad(set_to_none: true);
        _model.Encode(_tokens).backward([_gradient]);
    }

    public void Dispose()
    {
        _gradient.Dispose();
        _model.Dispose();
    }
}
