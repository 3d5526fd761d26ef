using System.Collections;

namespace Microsoft.ML.Hydra;

/// <summary>
/// What a fitted transformer recommends. Set at fit through the trainer's options, and changed afterwards without
/// training by <see cref="HydraSequenceRecommendationTransformer.WithRecommendations"/>.
/// </summary>
public sealed record RecommendationOptions
{
    /// <summary>The largest number of items in <c>PredictedItems</c>. Default 10; at least 1.</summary>
    public int NumberOfRecommendations { get; init; } = 10;

    /// <summary>
    /// Whether items of the history are left out of the ranking. Default <see langword="true"/>. Set it to
    /// <see langword="false"/> where people use the same items again (pages, songs, groceries).
    /// </summary>
    public bool ExcludeSeenItems { get; init; } = true;

    /// <summary>
    /// The only items that may be recommended, in the type of the items column (for key columns the key values), or
    /// <see langword="null"/> for the whole catalogue. Items the model does not know are ignored and reported in the log.
    /// A saved model stores which items may be recommended, not the two lists: a loaded model has all other items in
    /// <see cref="DeniedItems"/> and <see langword="null"/> here. To change the lists of a loaded model set both.
    /// </summary>
    public IEnumerable? AllowedItems { get; init; }

    /// <summary>Items that are never recommended, typed as <see cref="AllowedItems"/>, or <see langword="null"/>.</summary>
    public IEnumerable? DeniedItems { get; init; }

    /// <summary>
    /// Whether items of every domain are recommended. Default <see langword="false"/>: those of the row's domain only. It has a meaning only for a model that was
    /// trained with <see cref="HydraSequenceRecommendationTrainer.Options.DomainColumnName"/>, and needs one sequence model for all domains
    /// (<see cref="HydraSequenceRecommendationTrainer.Options.SeparateSequenceModels"/>). Scores of two domains were never compared in training.
    /// </summary>
    public bool AcrossDomains { get; init; }

    /// <summary>
    /// Whether the column <c>CatalogScores</c> with the score of every item of the catalogue, named by <c>SlotNames</c>, is
    /// added. Default <see langword="false"/>: it takes a vector of the catalogue's size for each row.
    /// </summary>
    public bool IncludeCatalogScores { get; init; }

    internal static RecommendationOptions From(HydraSequenceRecommendationTrainer.Options options) => new()
    {
        NumberOfRecommendations = options.NumberOfRecommendations,
        ExcludeSeenItems = options.ExcludeSeenItems,
        AllowedItems = options.AllowedItems,
        DeniedItems = options.DeniedItems,
        AcrossDomains = options.AcrossDomains,
        IncludeCatalogScores = options.IncludeCatalogScores,
    };
}
