using Microsoft.ML.Data;
using Microsoft.ML.Hydra.Items;
using Microsoft.ML.Hydra.Scoring;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Hydra.Evaluation;

/// <summary>Reads the ranks and recommendations that a fitted transformer put into a view.</summary>
internal static class SequenceEvaluator
{
    /// <summary>Measures a view in one pass through one cursor.</summary>
    /// <param name="environment">Its log receives how many labels had no rank.</param>
    /// <param name="data">Output of a transformer, with the column <c>LabelRank</c> and, if possible, <c>PredictedItems</c>.</param>
    /// <param name="labelColumnName">The label column that <c>LabelRank</c> comes from: for messages, to know why a label has no rank, and for its training events.</param>
    /// <exception cref="ArgumentException">There is no <c>LabelRank</c>, or it is not an Int32.</exception>
    /// <exception cref="InvalidOperationException">The data has no rows.</exception>
    public static SequenceRecommendationMetrics Evaluate(
        IHostEnvironment environment, IDataView data, string labelColumnName)
    {
        DataViewSchema.Column rankColumn = FindRankColumn(data.Schema, labelColumnName);
        DataViewSchema.Column? itemsColumn = data.Schema.GetColumnOrNull(RecommendationColumns.PredictedItems);
        RecommendationCatalog? catalog = null;
        bool hasCatalog = itemsColumn is not null && RecommendationAnnotations.TryRead(itemsColumn.Value, out catalog);
        RecommendationTally? tally = hasCatalog ? new RecommendationTally(catalog!) : null;
        DataViewSchema.Column? labelColumn = hasCatalog ? FindLabelColumn(data.Schema, labelColumnName, catalog!.Vocabulary) : null;

        var ranks = new List<int>();
        List<int>? labelEvents = labelColumn is null || catalog!.TrainingEvents is null ? null : [];
        int? leftOut = labelColumn is null ? null : 0;
        DataViewSchema.Column?[] read = hasCatalog ? [rankColumn, itemsColumn, labelColumn] : [rankColumn];
        using (DataViewRowCursor cursor = data.GetRowCursor(read.OfType<DataViewSchema.Column>()))
        {
            LabelReader? readLabel = labelColumn is { } column ? catalog!.Vocabulary.CreateLabelReader(cursor, column) : null;
            ValueGetter<int> getRank = cursor.GetGetter<int>(rankColumn);
            HistoryReader? readItems = hasCatalog ? catalog!.Vocabulary.CreateHistoryReader(cursor, itemsColumn!.Value) : null;
            var items = new ItemRowBuffer();
            int rank = 0;
            while (cursor.MoveNext())
            {
                getRank(ref rank);
                ranks.Add(rank);
                int label = readLabel?.Invoke() ?? 0;
                leftOut += rank == 0 && label > 0 ? 1 : 0;
                labelEvents?.Add(label > 0 ? catalog!.TrainingEvents![label - 1] : 0);
                if (readItems is not null)
                {
                    items.Clear();
                    readItems(items);
                    tally!.Add(items.Rows);
                }
            }
        }

        if (ranks.Count == 0)
        {
            throw new InvalidOperationException(
                "The data to evaluate has no rows; give Transform at least one row with a history and the item that came next.");
        }

        var metrics = new SequenceRecommendationMetrics(
            [.. ranks], catalog?.NumberOfItems ?? 0, tally?.CatalogCoverage ?? double.NaN, tally?.MeanPopularity ?? double.NaN, leftOut, labelEvents?.ToArray());
        if (metrics.NumberOfUnknownLabels > 0)
        {
            using IChannel channel = environment.Start("Evaluate");
            channel.Info(
                MessageSensitivity.None,
                leftOut is null
                    ? "{0} of {1} labels have no rank and count as misses: unknown to the model, missing, or left out of the ranking."
                    : "{0} of {1} labels have no rank and count as misses: {2} are unknown to the model or missing, {3} were left out of the ranking, as seen items are.",
                metrics.NumberOfUnknownLabels,
                metrics.NumberOfUsers,
                metrics.NumberOfLabelsNotInModel,
                metrics.NumberOfLabelsLeftOut);
        }

        return metrics;
    }

    // Null where the label was dropped from the view, or replaced by something that is no item.
    private static DataViewSchema.Column? FindLabelColumn(DataViewSchema schema, string name, ItemVocabulary vocabulary)
    {
        if (schema.GetColumnOrNull(name) is not { } column || column.Type is VectorDataViewType)
        {
            return null;
        }

        try
        {
            vocabulary.CheckColumn(column);
            return column;
        }
        catch (ArgumentException)
        {
            return null;
        }
    }

    private static DataViewSchema.Column FindRankColumn(DataViewSchema schema, string labelColumnName)
    {
        if (schema.GetColumnOrNull(RecommendationColumns.LabelRank) is not { } column)
        {
            throw new ArgumentException(schema.GetColumnOrNull(labelColumnName) is null
                ? $"The data given to Transform had no column \"{labelColumnName}\" with the item that came next, so there is no column \"{RecommendationColumns.LabelRank}\" to evaluate; add it, or name the column that has it as labelColumnName here and in the trainer."
                : $"There is no column \"{RecommendationColumns.LabelRank}\" to evaluate although there is a column \"{labelColumnName}\"; give Evaluate the output of a fitted transformer whose trainer had \"{labelColumnName}\" as its label column.");
        }

        return column.Type == NumberDataViewType.Int32
            ? column
            : throw new ArgumentException(
                $"Column \"{column.Name}\" is of type {column.Type}, but must be an Int32 with the rank of the label; give Evaluate the output of a fitted transformer as it is.");
    }
}

/// <summary>Which items of a catalogue were recommended, and how popular they are.</summary>
internal sealed class RecommendationTally(RecommendationCatalog catalog)
{
    private readonly bool[] _recommended = new bool[catalog.NumberOfItems + 1];
    private int _numberOfDistinctItems;
    private long _numberOfRecommendations;
    private double _popularity;

    /// <summary>Share of the catalogue that was recommended at least once.</summary>
    public double CatalogCoverage => _numberOfDistinctItems / (double)catalog.NumberOfItems;

    /// <summary>Mean share of training events of the items recommended; NaN when none was.</summary>
    public double MeanPopularity => _numberOfRecommendations == 0 ? double.NaN : _popularity / _numberOfRecommendations;

    /// <summary>Adds one row's recommendations, each in <c>1 .. NumberOfItems</c>.</summary>
    public void Add(ReadOnlySpan<int> rows)
    {
        foreach (int row in rows)
        {
            _numberOfDistinctItems += _recommended[row] ? 0 : 1;
            _recommended[row] = true;
            _popularity += catalog.Popularity[row - 1];
        }

        _numberOfRecommendations += rows.Length;
    }
}
