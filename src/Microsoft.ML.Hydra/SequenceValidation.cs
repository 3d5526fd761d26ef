namespace Microsoft.ML.Hydra;

/// <summary>The events that the trainer holds out to stop early and to choose the best weights.</summary>
public enum SequenceValidation
{
    /// <summary>Nothing: train on every event for all epochs and keep the last weights.</summary>
    None,

    /// <summary>
    /// The last item of each training sequence of three or more items; without such a sequence, nothing is held out. NDCG@10 on these items after each
    /// epoch decides when to stop and which weights to keep.
    /// </summary>
    LeaveLastOut,
}
