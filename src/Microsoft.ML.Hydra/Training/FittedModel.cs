using Microsoft.ML.Hydra.Data;
using Microsoft.ML.Hydra.Persistence;
using Options = Microsoft.ML.Hydra.HydraSequenceRecommendationTrainer.Options;

namespace Microsoft.ML.Hydra.Training;

/// <summary>All that training leaves, in plain arrays: what a transformer holds and a zip stores. Immutable.</summary>
/// <param name="Options">The options it was trained with.</param>
/// <param name="Vocabulary">Its items.</param>
/// <param name="ItemCounts">Training events by item row; entry 0 is 0.</param>
/// <param name="Weights">Its weights under their names in the model.</param>
/// <param name="Epochs">Metrics of every epoch.</param>
/// <param name="BestEpoch">The epoch of the weights.</param>
/// <param name="Clock">What the times of events are measured by; null where the model reads none.</param>
internal sealed record FittedModel(
    Options Options,
    ItemVocabulary Vocabulary,
    int[] ItemCounts,
    IReadOnlyList<NamedTensor> Weights,
    IReadOnlyList<EpochMetrics> Epochs,
    int BestEpoch,
    EventClock? Clock = null)
{
    /// <summary>The model of a training run.</summary>
    public static FittedModel Create(Options options, EncodedSequences data, TrainingResult result)
    {
        var counts = new int[data.Vocabulary.Count + 1];
        for (int i = 0; i < data.Dataset.Count; i++)
        {
            foreach (int item in data.Dataset[i])
            {
                counts[item]++;
            }
        }

        return new FittedModel(options, data.Vocabulary, counts, result.Weights, result.Epochs, result.BestEpoch, data.Clock);
    }
}
