namespace Microsoft.ML.Hydra.Training;

/// <summary>What a training run tells, and asks, the world around it.</summary>
internal sealed class TrainingMonitor
{
    /// <summary>Whether to stop now; asked before every step.</summary>
    public required Func<bool> IsCancelled { get; init; }

    /// <summary>Told after every epoch.</summary>
    public required Action<EpochMetrics> EpochCompleted { get; init; }

    /// <summary>Told after every step: epoch, batches done in it, batches in it, loss.</summary>
    public required Action<int, int, int, double> StepCompleted { get; init; }

    /// <summary>Told what fitting a prior came to.</summary>
    public Action<PriorFitResult> PriorFitted { get; init; } = _ => { };

    /// <summary>Told when something deserves a warning.</summary>
    public required Action<string> Warning { get; init; }

    /// <summary>Ends the run when it is cancelled.</summary>
    public void ThrowIfCancelled()
    {
        if (IsCancelled())
        {
            throw new OperationCanceledException("Training was cancelled.");
        }
    }
}
