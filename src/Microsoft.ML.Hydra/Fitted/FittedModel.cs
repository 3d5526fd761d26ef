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

    /// <summary>The domains of its items; null where there is one domain only.</summary>
    public ItemDomains? Domains { get; init; }

    /// <summary>Metrics of every epoch.</summary>
    public required IReadOnlyList<EpochMetrics> Epochs { get; init; }

    /// <summary>The epoch of the weights.</summary>
    public required int BestEpoch { get; init; }

    /// <summary>NDCG@10 of weights and prior together on the held-out events; NaN when nothing was held out.</summary>
    public required double ValidationNdcgAt10 { get; init; }

    /// <summary>Whether a prior is added to the scores.</summary>
    public bool HasPrior => Prior is not null;

    /// <summary>Encoders of sequences: one, or one for each domain.</summary>
    public int NumberOfEncoders => EncodersOf(Options, Domains);

    private ModelSizes Sizes => ResolvedOptions.SizesFor(Options, Vocabulary.Count);

    /// <summary>Encoders of a model with some options and domains.</summary>
    public static int EncodersOf(TrainerOptions options, ItemDomains? domains) => options.SeparateSequenceModels ? domains?.Count ?? 1 : 1;

    /// <summary>The weights of a model with one of several encoders, under their names in a model of one.</summary>
    /// <param name="weights">All weights: anything with a name.</param>
    /// <param name="sizes">Sizes of the model.</param>
    /// <param name="encoder">Number of the encoder, from 0.</param>
    /// <param name="nameOf">Gives a name.</param>
    public static IEnumerable<(string Name, T Weight)> OfEncoder<T>(IEnumerable<T> weights, ModelSizes sizes, int encoder, Func<T, string> nameOf)
    {
        Dictionary<string, string> names = EncoderWeights.Lengths(sizes).Select(weight => weight.Name).Where(name => name != EncoderWeights.ItemVectors)
            .ToDictionary(name => EncoderWeights.NameOf(encoder, name));
        names[EncoderWeights.ItemVectors] = EncoderWeights.ItemVectors;
        return weights.Where(weight => names.ContainsKey(nameOf(weight))).Select(weight => (names[nameOf(weight)], weight));
    }

    /// <summary>The same model with other options for what it recommends.</summary>
    public FittedModel With(RecommendationOptions recommendations)
    {
        TrainerOptions options = Options.Copy();
        options.NumberOfRecommendations = recommendations.NumberOfRecommendations;
        options.ExcludeSeenItems = recommendations.ExcludeSeenItems;
        options.AllowedItems = recommendations.AllowedItems;
        options.DeniedItems = recommendations.DeniedItems;
        options.AcrossDomains = recommendations.AcrossDomains;
        options.IncludeCatalogScores = recommendations.IncludeCatalogScores;
        return this with { Options = options };
    }

    /// <summary>The model at work, for several owners: its encoders, of which one may serve all domains. Weights are prepared at the first score.</summary>
    /// <param name="degreeOfParallelism">Most threads that score many histories.</param>
    public SharedModel[] ShareEncoders(int degreeOfParallelism) => NumberOfEncoders == 1
        ? [Share(degreeOfParallelism)]
        : [.. Enumerable.Range(0, NumberOfEncoders).Select(encoder => (this with
        {
            Domains = null,
            Weights = [.. OfEncoder(Weights, Sizes, encoder, weight => weight.Name).Select(weight => new NamedTensor(weight.Name, weight.Weight.Shape, weight.Weight.Data))],
        }).Share(degreeOfParallelism))];

    /// <summary>A model with one encoder at work.</summary>
    /// <param name="degreeOfParallelism">Most threads that score many histories.</param>
    public SharedModel Share(int degreeOfParallelism) => new(
        () =>
        {
            var pinned = new PinnedWeights(Sizes, Weights);
            return new CatalogScorer(new ScoringWeights(Sizes, pinned.Weights), Prior, pinned, degreeOfParallelism);
        },
        new FittedIdentity(this, Sizes));
}
