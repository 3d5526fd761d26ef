namespace Microsoft.ML.Hydra;

/// <summary>What a search found.</summary>
public sealed class HydraTuningResult
{
    internal HydraTuningResult(HydraSequenceRecommendationTrainer.Options bestOptions, HydraTrial best, IReadOnlyList<HydraTrial> trials, HydraTuningEnd end) =>
        (BestOptions, Best, Trials, End) = (bestOptions, best, trials, end);

    /// <summary>
    /// The options of <see cref="Best"/>, its epochs and the seed included: training with them on the same data gives that trial's model again.
    /// Progress and cancellation are those of the search and are not among them.
    /// </summary>
    public HydraSequenceRecommendationTrainer.Options BestOptions { get; }

    /// <summary>The trial with the highest validation NDCG@10; of equal ones the earliest.</summary>
    public HydraTrial Best { get; }

    /// <summary>All finished trials in their order; the first is that of the trainer's own options.</summary>
    public IReadOnlyList<HydraTrial> Trials { get; }

    /// <summary>Validation NDCG@10 of <see cref="Best"/> above that of the trainer's own options; never below 0.</summary>
    public double Gain => Best.ValidationNdcgAt10 - Trials[0].ValidationNdcgAt10;

    /// <summary>Why the search ended.</summary>
    public HydraTuningEnd End { get; }
}
