namespace Microsoft.ML.Hydra.Tuning;

/// <summary>What one training came to.</summary>
/// <param name="NdcgAt10">Validation NDCG@10 of the best epoch; 0 when training diverged.</param>
/// <param name="BestEpoch">The epoch it was reached in, from 1; 0 when training diverged.</param>
/// <param name="Epochs">Epochs trained.</param>
/// <param name="Elapsed">Time of those epochs, before an interruption too.</param>
/// <param name="Failure">Why it diverged, or null.</param>
internal sealed record TrialOutcome(double NdcgAt10, int BestEpoch, int Epochs, TimeSpan Elapsed, string? Failure);
