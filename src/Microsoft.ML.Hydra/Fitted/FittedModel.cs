using Microsoft.ML.Hydra.Items;
using Microsoft.ML.Hydra.Persistence;
using Microsoft.ML.Hydra.Prior;

namespace Microsoft.ML.Hydra.Fitted;

/// <summary>All that training leaves, in plain arrays: what a transformer holds and a zip stores. Immutable.</summary>
/// <param name="Options">The options it was trained with.</param>
/// <param name="Vocabulary">Its items.</param>
/// <param name="ItemCounts">Training events by item row; entry 0 is 0.</param>
/// <param name="Weights">Its weights under their names in the model.</param>
/// <param name="Prior">Added to the model's scores, or <see langword="null"/>.</param>
/// <param name="Epochs">Metrics of every epoch.</param>
/// <param name="BestEpoch">The epoch of the weights.</param>
/// <param name="ValidationNdcgAt10">NDCG@10 of weights and prior together on the held-out events; NaN when nothing was held out.</param>
/// <param name="Clock">What the times of events are measured by; null where the model reads none.</param>
internal sealed record FittedModel(
    TrainerOptions Options,
    ItemVocabulary Vocabulary,
    int[] ItemCounts,
    IReadOnlyList<NamedTensor> Weights,
    CooccurrencePrior? Prior,
    IReadOnlyList<EpochMetrics> Epochs,
    int BestEpoch,
    double ValidationNdcgAt10,
    EventClock? Clock)
{
    /// <summary>Whether a prior is added to the scores.</summary>
    public bool HasPrior => Prior is not null;
}
