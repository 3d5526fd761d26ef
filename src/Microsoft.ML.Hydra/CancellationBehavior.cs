namespace Microsoft.ML.Hydra;

/// <summary>What <c>Fit</c> does when it is cancelled.</summary>
public enum CancellationBehavior
{
    /// <summary>Throws <see cref="OperationCanceledException"/>.</summary>
    Throw,

    /// <summary>
    /// Returns the best model of the completed epochs; throws <see cref="OperationCanceledException"/> when
    /// no epoch was completed.
    /// </summary>
    ReturnBestModel,
}
