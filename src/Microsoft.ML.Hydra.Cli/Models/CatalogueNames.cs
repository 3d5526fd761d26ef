using Microsoft.ML.Data;

namespace Microsoft.ML.Hydra.Cli.Models;

/// <summary>The ids that a model knows, read from the names of its catalogue scores; no score is computed.</summary>
internal static class CatalogueNames
{
    private const string ScoresColumn = "CatalogScores";
    private const string SlotNames = "SlotNames";

    /// <param name="model">The model.</param>
    /// <param name="inputSchema">A schema with the model's items column.</param>
    /// <returns>Null when the scores carry no names.</returns>
    public static IReadOnlySet<string>? Read(HydraSequenceRecommendationTransformer model, DataViewSchema inputSchema)
    {
        using HydraSequenceRecommendationTransformer scorer =
            model.WithRecommendations(new RecommendationOptions { IncludeCatalogScores = true });
        if (scorer.GetOutputSchema(inputSchema).GetColumnOrNull(ScoresColumn) is not { } column
            || column.Annotations.Schema.GetColumnOrNull(SlotNames) is null)
        {
            return null;
        }

        VBuffer<ReadOnlyMemory<char>> names = default;
        column.Annotations.GetValue(SlotNames, ref names);
        return names.DenseValues().Select(name => name.ToString()).ToHashSet(StringComparer.Ordinal);
    }
}
