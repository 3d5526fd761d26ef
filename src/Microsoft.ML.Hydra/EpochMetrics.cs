namespace Microsoft.ML.Hydra;

/// <summary>The result of one epoch of training, as reported to <c>Options.Progress</c>.</summary>
/// <param name="Epoch">Number of this epoch, from 1.</param>
/// <param name="NumberOfEpochs">The largest number of epochs that will run.</param>
/// <param name="Loss">Mean training loss per predicted event (natural logarithm).</param>
/// <param name="ValidationNdcgAt10">NDCG@10 on the held-out items; NaN without validation.</param>
/// <param name="IsBest">Whether these are the best weights so far.</param>
/// <param name="SequencesPerSecond">Training sequences (windows) a second in this epoch.</param>
/// <param name="Elapsed">Time since training began.</param>
/// <param name="Remaining">Estimated time left if every epoch runs.</param>
public sealed record EpochMetrics(
    int Epoch,
    int NumberOfEpochs,
    double Loss,
    double ValidationNdcgAt10,
    bool IsBest,
    double SequencesPerSecond,
    TimeSpan Elapsed,
    TimeSpan Remaining);
