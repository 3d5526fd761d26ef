namespace Microsoft.ML.Hydra.Training;

/// <summary>Remembers the best epoch and says when to stop. Without validation every epoch is the best so far.</summary>
/// <param name="patience">Epochs without improvement to wait for; 0 waits for ever.</param>
internal sealed class EarlyStopping(int patience)
{
    /// <summary>Best metric so far.</summary>
    public double Best { get; private set; } = double.NegativeInfinity;

    /// <summary>Epoch of the best metric; 0 before the first.</summary>
    public int BestEpoch { get; private set; }

    /// <summary>Takes the metric of an epoch (NaN without validation); true when it is the best so far.</summary>
    public bool Observe(int epoch, double metric)
    {
        if (!double.IsNaN(metric) && metric <= Best)
        {
            return false;
        }

        (Best, BestEpoch) = (double.IsNaN(metric) ? Best : metric, epoch);
        return true;
    }

    /// <summary>Whether training should stop after this epoch.</summary>
    public bool ShouldStop(int epoch) => patience > 0 && BestEpoch > 0 && epoch - BestEpoch >= patience;

    /// <summary>Takes up the state of an interrupted run.</summary>
    public void Restore(double best, int bestEpoch) => (Best, BestEpoch) = (best, bestEpoch);
}
