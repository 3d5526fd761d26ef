namespace Microsoft.ML.Hydra.Scoring;

/// <summary>A model and what to recommend with it. Immutable; another plan shares the model.</summary>
internal sealed record RecommendationPlan
{
    public required ScoringModel Model { get; init; }

    public required CandidateFilter Filter { get; init; }

    /// <summary>Most items in <c>PredictedItems</c>; at least 1.</summary>
    public int NumberOfRecommendations { get; init; } = 10;

    /// <summary>Whether the column <c>CatalogScores</c> is added.</summary>
    public bool IncludeCatalogScores { get; init; }

    /// <summary>Called on the scoring thread before each batch is scored; throws to stop.</summary>
    public Action? CheckCancelled { get; init; }

    /// <summary>
    /// Told how many items of histories were skipped, missing ones and unknown ones: when a view was read, and after single
    /// rows, each time in all. Not called when there were none.
    /// </summary>
    public Action<long, long>? ItemsSkipped { get; init; }
}
