using Microsoft.ML.Hydra.Cooccurrence;
using Microsoft.ML.Hydra.Data;
using Microsoft.ML.Hydra.Persistence;
using Options = Microsoft.ML.Hydra.HydraSequenceRecommendationTrainer.Options;

namespace Microsoft.ML.Hydra.Training;

/// <summary>All that training leaves, in plain arrays: what a transformer holds and a zip stores. Immutable.</summary>
/// <param name="Options">The options it was trained with.</param>
/// <param name="Vocabulary">Its items.</param>
/// <param name="ItemCounts">Training events by item row; entry 0 is 0.</param>
/// <param name="Weights">Its weights under their names in the model.</param>
/// <param name="Prior">Added to the model's scores, or <see langword="null"/>.</param>
/// <param name="Epochs">Metrics of every epoch.</param>
/// <param name="BestEpoch">The epoch of the weights.</param>
/// <param name="ValidationNdcgAt10">NDCG@10 of weights and prior together on the held-out events; NaN when nothing was held out.</param>
internal sealed record FittedModel(
    Options Options,
    ItemVocabulary Vocabulary,
    int[] ItemCounts,
    IReadOnlyList<NamedTensor> Weights,
    CooccurrencePrior? Prior,
    IReadOnlyList<EpochMetrics> Epochs,
    int BestEpoch,
    double ValidationNdcgAt10)
{
    /// <summary>Whether a prior is added to the scores.</summary>
    public bool HasPrior => Prior is not null;

    /// <summary>The model of a training run, without a prior.</summary>
    public static FittedModel Create(Options options, EncodedSequences data, TrainingResult result) => new(
        options,
        data.Vocabulary,
        data.Dataset.CountItems(),
        result.Weights,
        null,
        result.Epochs,
        result.BestEpoch,
        result.BestEpoch > 0 ? result.Epochs[result.BestEpoch - 1].ValidationNdcgAt10 : double.NaN);
}
