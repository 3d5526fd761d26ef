using Microsoft.ML.Hydra.Features;
using Microsoft.ML.Hydra.Items;
using Microsoft.ML.Hydra.Numerics;
using Microsoft.ML.Hydra.Options;
using Microsoft.ML.Hydra.Persistence;
using Microsoft.ML.Hydra.Prior;
using Microsoft.ML.Hydra.Scoring;

namespace Microsoft.ML.Hydra.Fitted;

/// <summary>All that training leaves, in plain arrays: what a transformer holds and a zip stores. Immutable.</summary>
internal sealed record FittedModel
{
    /// <summary>The options it was trained with. In models of earlier versions some are open that were added later.</summary>
    public required TrainerOptions Options { get; init; }

    /// <summary>Its items.</summary>
    public required ItemVocabulary Vocabulary { get; init; }

    /// <summary>What the times of events are measured by; null where the model reads none.</summary>
    public required EventClock? Clock { get; init; }

    /// <summary>Training events by item row; entry 0 is 0.</summary>
    public required int[] ItemCounts { get; init; }

    /// <summary>Its weights under their names in the model.</summary>
    public required IReadOnlyList<NamedTensor> Weights { get; init; }

    /// <summary>Added to the model's scores, or <see langword="null"/>.</summary>
    public CooccurrencePrior? Prior { get; init; }

    /// <summary>What it knows of its items besides the events; null where it knows ids only.</summary>
    public ItemKnowledge? Items { get; init; }

    /// <summary>Metrics of every epoch.</summary>
    public required IReadOnlyList<EpochMetrics> Epochs { get; init; }

    /// <summary>The epoch of the weights.</summary>
    public required int BestEpoch { get; init; }

    /// <summary>NDCG@10 of weights and prior together on the held-out events; NaN when nothing was held out.</summary>
    public required double ValidationNdcgAt10 { get; init; }

    /// <summary>Whether a prior is added to the scores.</summary>
    public bool HasPrior => Prior is not null;

    private ModelSizes Sizes => ResolvedOptions.SizesFor(Options, Vocabulary.Count);

    /// <summary>The same model with other options for what it recommends.</summary>
    public FittedModel With(RecommendationOptions recommendations)
    {
        TrainerOptions options = Options.Copy();
        options.NumberOfRecommendations = recommendations.NumberOfRecommendations;
        options.ExcludeSeenItems = recommendations.ExcludeSeenItems;
        options.AllowedItems = recommendations.AllowedItems;
        options.DeniedItems = recommendations.DeniedItems;
        options.IncludeCatalogScores = recommendations.IncludeCatalogScores;
        return this with { Options = options };
    }

    /// <summary>The model at work, for several owners. Its weights are prepared at the first score.</summary>
    /// <param name="degreeOfParallelism">Most threads that score many histories.</param>
    public SharedModel Share(int degreeOfParallelism) => new(
        () =>
        {
            var pinned = new PinnedWeights(Sizes, Weights);
            return new CatalogScorer(new ScoringWeights(Sizes, pinned.Weights), Prior, pinned, degreeOfParallelism);
        },
        new FittedIdentity(this, Sizes));
}
