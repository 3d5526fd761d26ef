using Microsoft.ML.Hydra.Benchmarks.Races;
using Microsoft.ML.Hydra.Compute;
using Microsoft.ML.Hydra.Model;
using Microsoft.ML.Hydra.Numerics;
using Microsoft.ML.Hydra.Training;
using static TorchSharp.torch;

namespace Microsoft.ML.Hydra.Benchmarks.Ours;

/// <summary>One training step of Hydra, as a fit takes it: forward, exact softmax loss, backward, clip, AdamW.</summary>
internal sealed class HydraTraining : IEntrant
{
    private readonly SequenceBatch _batch;
    private readonly HydraModel _model;
    private readonly AdamW _optimizer;
    private readonly TrainingStep _step;

    public HydraTraining(ModelSizes sizes, SequenceBatch batch, int threads, ItemInputs? items = null)
    {
        _batch = batch;
        var random = new RandomStreams(1);
        var kernels = ModelKernels.For(CPU, threads);
        _model = new HydraModel(
            sizes, kernels, random.Weights, RaceModel.Dropout,
            itemVectors: items is null ? null : parameters => new FeatureVectors(sizes, items, kernels, parameters));
        var defaults = new HydraSequenceRecommendationTrainer.Options();
        _optimizer = new AdamW(_model.Weights, defaults.Beta1, defaults.Beta2, defaults.WeightDecay, threads);
        NextItemLoss loss = NextItemLoss.Create(SequenceLoss.Softmax, 0, [], CPU, threads);
        _step = new TrainingStep(_model, DomainLoss.Of(loss), _optimizer, random, RaceModel.MaximumGradientNorm, CPU);
    }

    public long Parameters => _model.Sizes.NumberOfParameters;

    public void Run() => _step.Run(_batch, RaceModel.LearningRate);

    public void Dispose()
    {
        _optimizer.Dispose();
        _model.Dispose();
    }
}
