namespace Microsoft.ML.Hydra.Scoring;

/// <summary>Names of the columns that a fitted transformer adds.</summary>
internal static class RecommendationColumns
{
    /// <summary>Variable-length vector of items, best first.</summary>
    public const string PredictedItems = "PredictedItems";

    /// <summary>Variable-length vector of Single, aligned with <see cref="PredictedItems"/>.</summary>
    public const string Score = "Score";

    /// <summary>Int32: exact rank of the label among all candidates, from 1; 0 when it is missing, unknown or no candidate.</summary>
    public const string LabelRank = "LabelRank";

    /// <summary>Vector of Single with the score of every item, named by <c>SlotNames</c>.</summary>
    public const string CatalogScores = "CatalogScores";
}
