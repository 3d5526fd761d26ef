using Microsoft.ML.Hydra.Persistence;

namespace Microsoft.ML.Hydra.Training;

/// <summary>How far a run has come.</summary>
internal sealed class TrainingProgress
{
    /// <summary>Metrics of the epochs done.</summary>
    public List<EpochMetrics> Epochs { get; } = [];

    /// <summary>Weights of the best epoch so far; empty before the first.</summary>
    public IReadOnlyList<NamedTensor> BestWeights { get; set; } = [];

    /// <summary>The epoch of <see cref="BestWeights"/>; 0 before the first.</summary>
    public int BestEpoch => Epochs.LastOrDefault(e => e.IsBest)?.Epoch ?? 0;

    /// <summary>Time spent in epochs done, before an interruption too.</summary>
    public TimeSpan Elapsed => Epochs.Count > 0 ? Epochs[^1].Elapsed : TimeSpan.Zero;

    /// <summary>Whether a metric (NaN without validation) beats every epoch so far.</summary>
    public bool IsBest(double metric) => double.IsNaN(metric) || Epochs.All(e => !(e.ValidationNdcgAt10 >= metric));

    /// <summary>Whether so many epochs have passed without improvement; a patience of 0 waits for ever.</summary>
    public bool IsOutOfPatience(int patience) => patience > 0 && Epochs.Count > 0 && Epochs.Count - BestEpoch >= patience;
}
