using Microsoft.ML.Hydra.Fitted;
using Microsoft.ML.Hydra.Scoring;

namespace Microsoft.ML.Hydra.Training;

/// <summary>A fitted model at work on held-out events, with the encoder of each domain.</summary>
internal sealed class FittedScorers : IDisposable
{
    private readonly SharedModel.Lease[] _leases;

    /// <param name="model">The model; as many threads score as its options say.</param>
    public FittedScorers(FittedModel model) => _leases =
        [.. model.ShareEncoders(model.Options.NumberOfThreads ?? Environment.ProcessorCount).Select(encoder => encoder.Acquire())];

    /// <summary>The scorers of all domains.</summary>
    public DomainScorers All => new(domain => _leases[_leases.Length == 1 ? 0 : domain].Score);

    public void Dispose() => Array.ForEach(_leases, lease => lease.Dispose());
}
