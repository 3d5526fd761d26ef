using Microsoft.ML.Hydra.Fitted;
using Microsoft.ML.Hydra.Model;
using Microsoft.ML.Hydra.Numerics;
using Microsoft.ML.Hydra.Prior;
using Microsoft.ML.Hydra.Scoring;

namespace Microsoft.ML.Hydra.Tests.Scoring;

/// <summary>The weights of a torch model as scoring reads them.</summary>
internal sealed class TrainedWeights : IDisposable
{
    private readonly PinnedWeights _pinned;

    public TrainedWeights(HydraModel model, InstructionSet? instructions = null)
    {
        _pinned = new PinnedWeights(model.Sizes, ModelWeights.Export(model));
        Weights = new ScoringWeights(model.Sizes, _pinned.Weights, instructions ?? InstructionSets.Best);
    }

    public ScoringWeights Weights { get; }

    /// <summary>A scorer, which owns the weights from now on.</summary>
    public CatalogScorer Scorer(int degreeOfParallelism = 1, CooccurrencePrior? prior = null) => new(Weights, prior, _pinned, degreeOfParallelism);

    public void Dispose()
    {
        Weights.Dispose();
        _pinned.Dispose();
    }
}
