using Microsoft.ML.Hydra.Items;

namespace Microsoft.ML.Hydra.Scoring;

/// <summary>The catalogue behind a column of predicted items.</summary>
/// <param name="Vocabulary">
/// Turns the column's items into rows: <c>Vocabulary.CreateHistoryReader(cursor, predictedItemsColumn)</c>.
/// </param>
/// <param name="Popularity">The share of training events of row <c>r</c> at index <c>r - 1</c>.</param>
internal sealed record RecommendationCatalog(ItemVocabulary Vocabulary, IReadOnlyList<float> Popularity)
{
    /// <summary>Size of the catalogue.</summary>
    public int NumberOfItems => Popularity.Count;
}
