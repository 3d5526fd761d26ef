using Microsoft.ML.Data;
using Microsoft.ML.Hydra.Items;

namespace Microsoft.ML.Hydra.Scoring;

/// <summary>Getters of the added columns, the same for single rows and for batches.</summary>
internal static class RecommendationGetters
{
    /// <param name="vocabulary">Turns rows into ids.</param>
    /// <param name="columnName">One of <see cref="RecommendationColumns"/>.</param>
    /// <param name="current">Gives the recommendation for the row that the getter is called on.</param>
    /// <returns>A <see cref="ValueGetter{TValue}"/> of the column's raw type.</returns>
    public static Delegate Create(ItemVocabulary vocabulary, string columnName, Func<CurrentRecommendation> current) => columnName switch
    {
        RecommendationColumns.PredictedItems => vocabulary.CreateItemsGetter(() => current().Rows),
        RecommendationColumns.Score => (ValueGetter<VBuffer<float>>)((ref VBuffer<float> scores) =>
            Copy(current().Scores, ref scores)),
        RecommendationColumns.LabelRank => (ValueGetter<int>)((ref int rank) => rank = current().LabelRank),
        RecommendationColumns.CatalogScores => (ValueGetter<VBuffer<float>>)((ref VBuffer<float> scores) =>
            Copy(current().CatalogScores, ref scores)),
        _ => throw new ArgumentException($"\"{columnName}\" is not a column that recommendations have.", nameof(columnName)),
    };

    /// <summary>The getter as the type asked for.</summary>
    /// <exception cref="InvalidOperationException">The column is not active, or is of another type.</exception>
    public static ValueGetter<TValue> Cast<TValue>(Delegate? getter, DataViewSchema.Column column) => getter switch
    {
        ValueGetter<TValue> typed => typed,
        null => throw new InvalidOperationException($"Column \"{column.Name}\" is not active; ask for it when the cursor or row is made."),
        _ => throw new InvalidOperationException($"Column \"{column.Name}\" has values of type {column.Type.RawType}, not {typeof(TValue)}."),
    };

    private static void Copy(ReadOnlySpan<float> values, ref VBuffer<float> destination)
    {
        VBufferEditor<float> editor = VBufferEditor.Create(ref destination, values.Length);
        for (int i = 0; i < values.Length; i++)
        {
            editor.Values[i] = float.IsNaN(values[i]) ? float.NegativeInfinity : values[i];
        }

        destination = editor.Commit();
    }
}
