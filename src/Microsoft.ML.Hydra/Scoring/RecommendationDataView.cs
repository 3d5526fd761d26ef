using Microsoft.ML.Data;

namespace Microsoft.ML.Hydra.Scoring;

/// <summary>
/// A view with recommendations, computed in batches while it is read. It reads its source twice at the same time: ahead for
/// the histories, and in step for the columns passed through. So the source must give the same rows in the same order each
/// time, as ML.NET's views do (<c>ShuffleRows</c> included); one that does not is noticed by its row ids.
/// </summary>
internal sealed class RecommendationDataView : IDataView
{
    private readonly IDataView _source;
    private readonly RecommendationSchema _schema;

    /// <exception cref="ArgumentException">The items column or one of times that the model reads is missing, or a column is of another type.</exception>
    public RecommendationDataView(RecommendationPlan plan, IDataView source)
    {
        _source = source;
        _schema = new RecommendationSchema(plan, source.Schema);
    }

    /// <summary>Always false: two shuffled readings of the source would not agree.</summary>
    public bool CanShuffle => false;

    public DataViewSchema Schema => _schema.Output;

    public long? GetRowCount() => _source.GetRowCount();

    /// <inheritdoc/>
    /// <remarks>Rows come in the source's order, whatever <paramref name="rand"/> is.</remarks>
    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
    {
        ArgumentNullException.ThrowIfNull(columnsNeeded);
        bool[] active = _schema.FindActive(columnsNeeded);
        DataViewRowCursor inStep = _source.GetRowCursor(_schema.PassedThrough(active));
        try
        {
            LookAheadScorer? scorer = _schema.ScoredFrom(active).Any() ? new LookAheadScorer(_schema, _source, active) : null;
            return new RecommendationCursor(_schema, inStep, scorer, active);
        }
        catch
        {
            inStep.Dispose();
            throw;
        }
    }

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) =>
        [GetRowCursor(columnsNeeded, rand)];
}
