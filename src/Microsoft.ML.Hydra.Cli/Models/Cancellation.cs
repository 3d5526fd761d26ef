namespace Microsoft.ML.Hydra.Cli.Models;

/// <summary>What Ctrl-C does besides stopping the trainer.</summary>
internal static class Cancellation
{
    /// <summary>Throws when cancelled, unless the model trained so far is wanted: the work after training then goes on.</summary>
    public static void ThrowIfRequested(HydraSequenceRecommendationTrainer.Options options, CancellationToken cancellationToken)
    {
        if (options.CancellationBehavior == CancellationBehavior.Throw)
        {
            cancellationToken.ThrowIfCancellationRequested();
        }
    }
}
