using Microsoft.ML.Hydra.Fitted;
using Microsoft.ML.Hydra.Items;
using Microsoft.ML.Hydra.Persistence;

namespace Microsoft.ML.Hydra.Training;

/// <summary>What a training run leaves.</summary>
/// <param name="Weights">The weights of the best epoch.</param>
/// <param name="Epochs">Metrics of every epoch that was completed.</param>
/// <param name="BestEpoch">The epoch of the weights.</param>
/// <param name="Data">What was trained on and what was held out.</param>
internal sealed record TrainingResult(IReadOnlyList<NamedTensor> Weights, IReadOnlyList<EpochMetrics> Epochs, int BestEpoch, TrainingData Data)
{
    /// <summary>The fitted model, without a prior.</summary>
    public FittedModel Fitted(TrainerOptions options, SequenceData data) => new(
        options,
        data.Vocabulary,
        data.Dataset.CountItems(),
        Weights,
        null,
        Epochs,
        BestEpoch,
        BestEpoch > 0 ? Epochs[BestEpoch - 1].ValidationNdcgAt10 : double.NaN,
        data.Clock);
}
