namespace Microsoft.ML.Hydra;

/// <summary>Why a search ended.</summary>
public enum HydraTuningEnd
{
    /// <summary>The time was spent; the trial then in progress counts nothing.</summary>
    Budget,

    /// <summary>As many trials as allowed are finished.</summary>
    MaximumTrials,

    /// <summary>The search space holds no configuration that was not tried.</summary>
    SpaceExhausted,

    /// <summary>The search was cancelled, and the trainer's options ask for the best so far then.</summary>
    Cancelled,
}
