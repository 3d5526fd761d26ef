using Microsoft.ML.Hydra.Items;
using Microsoft.ML.Hydra.Numerics;
using Microsoft.ML.Hydra.Options;
using Microsoft.ML.Hydra.Scoring;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Hydra.Fitted;

/// <summary>Brings a fitted model to life for scoring.</summary>
internal static class HydraLoading
{
    /// <summary>A model that several owners can share. Its weights are prepared at the first score.</summary>
    /// <param name="fitted">The model.</param>
    /// <param name="degreeOfParallelism">Most threads that score many histories.</param>
    public static SharedModel Share(FittedModel fitted, int degreeOfParallelism)
    {
        ModelSizes sizes = ModelShape.For(fitted.Options, fitted.Vocabulary.Count);
        return new SharedModel(
            () =>
            {
                var pinned = new PinnedWeights(sizes, fitted.Weights);
                return new CatalogScorer(new ScoringWeights(sizes, pinned.Weights), fitted.Prior, pinned, degreeOfParallelism);
            },
            () => ModelFingerprint.Of(fitted, sizes));
    }

    /// <summary>Checks what is to be recommended and finds the items; reports those that the model does not know.</summary>
    /// <exception cref="ArgumentException">An option is out of range, or an item is of another type than the model's.</exception>
    public static CandidateFilter Filter(IHostEnvironment environment, ItemVocabulary vocabulary, RecommendationOptions options)
    {
        if (options.NumberOfRecommendations < 1)
        {
            throw new ArgumentOutOfRangeException(
                nameof(options), $"NumberOfRecommendations is {options.NumberOfRecommendations}; it must be at least 1.");
        }

        CandidateFilter filter = CandidateFilter.Create(vocabulary, options.ExcludeSeenItems, options.AllowedItems, options.DeniedItems);
        if (filter.NumberOfUnknownAllowedItems + filter.NumberOfUnknownDeniedItems > 0)
        {
            using IChannel channel = environment.Start("Recommendations");
            channel.Warning(
                MessageSensitivity.UserData,
                "The model does not know {0} of AllowedItems and {1} of DeniedItems; they are ignored.",
                filter.NumberOfUnknownAllowedItems,
                filter.NumberOfUnknownDeniedItems);
        }

        return filter;
    }

    /// <summary>A copy of the options that recommends as given.</summary>
    public static TrainerOptions Apply(RecommendationOptions recommendations, TrainerOptions options)
    {
        TrainerOptions copy = OptionsJson.Copy(options);
        copy.NumberOfRecommendations = recommendations.NumberOfRecommendations;
        copy.ExcludeSeenItems = recommendations.ExcludeSeenItems;
        copy.AllowedItems = recommendations.AllowedItems;
        copy.DeniedItems = recommendations.DeniedItems;
        copy.IncludeCatalogScores = recommendations.IncludeCatalogScores;
        return copy;
    }
}
