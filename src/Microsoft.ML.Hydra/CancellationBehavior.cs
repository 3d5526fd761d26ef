namespace Microsoft.ML.Hydra;

/// <summary>What <c>Fit</c> does when it is cancelled.</summary>
public enum CancellationBehavior
{
    /// <summary>Throws <see cref="OperationCanceledException"/>.</summary>
    Throw,

    /// <summary>
    /// Returns the best model of the epochs that were completed; throws <see cref="OperationCanceledException"/> when
    /// not one epoch was.
    /// </summary>
    ReturnBestModel,
}
