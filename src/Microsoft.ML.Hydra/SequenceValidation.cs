namespace Microsoft.ML.Hydra;

/// <summary>What the trainer holds out to stop early and to choose the best weights.</summary>
public enum SequenceValidation
{
    /// <summary>Nothing: train on every event for all epochs and keep the last weights.</summary>
    None,

    /// <summary>
    /// The last item of each training sequence of three or more; without one, nothing is held out. NDCG@10 on it after each epoch decides about stopping and the weights kept.
    /// </summary>
    LeaveLastOut,
}
