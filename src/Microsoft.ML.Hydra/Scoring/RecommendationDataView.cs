using Microsoft.ML.Data;

namespace Microsoft.ML.Hydra.Scoring;

/// <summary>
/// A view with recommendations, computed in batches while it is read. It reads its source twice at the same time: ahead for
/// the histories, and in step for the columns passed through. So the source must give the same rows in the same order each
/// time, as ML.NET's views do (<c>ShuffleRows</c> included); row ids show when a source does not.
/// </summary>
internal sealed class RecommendationDataView : IDataView
{
    private readonly IDataView _source;
    private readonly RecommendationSchema _schema;

    /// <exception cref="ArgumentException">The items column, or the timestamps column where the model reads one, is missing, or a column is of another type.</exception>
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

/// <summary>The rows of a source with the added columns that are active; without one, nothing is scored.</summary>
internal sealed class RecommendationCursor : DataViewRowCursor
{
    private readonly RecommendationSchema _schema;
    private readonly DataViewRowCursor _source;
    private readonly LookAheadScorer? _scorer;
    private readonly bool[] _active;
    private readonly AddedGetters _added;
    private readonly ValueGetter<DataViewRowId>? _getId;
    private long _index = -1;
    private bool _ended;
    private bool _disposed;

    public RecommendationCursor(RecommendationSchema schema, DataViewRowCursor source, LookAheadScorer? scorer, bool[] active)
    {
        (_schema, _source, _scorer, _active) = (schema, source, scorer, active);
        _added = new AddedGetters(schema, active, GetCurrent);
        _getId = scorer is null ? null : source.GetIdGetter();
    }

    public override DataViewSchema Schema => _schema.Output;

    public override long Position => _source.Position;

    public override long Batch => _source.Batch;

    public override ValueGetter<DataViewRowId> GetIdGetter() => _source.GetIdGetter();

    public override bool IsColumnActive(DataViewSchema.Column column) => _active[column.Index];

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => _schema.IsAdded(column)
        ? _added.Get<TValue>(column)
        : _source.GetGetter<TValue>(_schema.Input[column.Index]);

    public override bool MoveNext()
    {
        _index++;
        _ended = !_source.MoveNext();
        return !_ended;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing && !_disposed)
        {
            _disposed = true;
            _scorer?.Dispose();
            _source.Dispose();
        }

        base.Dispose(disposing);
    }

    private CurrentRecommendation GetCurrent()
    {
        if (_index < 0 || _ended)
        {
            throw new InvalidOperationException("The cursor is not on a row; call MoveNext first, and stop when it returns false.");
        }

        DataViewRowId id = default;
        _getId!(ref id);
        return _scorer!.GetRecommendation(_index, id);
    }
}

/// <summary>
/// Reads a source ahead of its consumer and scores a window of histories at once: at most <see cref="MaximumRows"/> rows,
/// 16 MB of scores and <see cref="HistoryBatch.MaximumEventsPerCall"/> events, but at least one row. Windows start small, so
/// that a consumer of few rows waits for few. Rows that the consumer skips are not scored.
/// </summary>
internal sealed class LookAheadScorer : IDisposable
{
    /// <summary>Most rows in a window.</summary>
    public const int MaximumRows = 256;

    private const int RowsOfFirstWindow = 16;
    private const int MaximumScores = 16 * 1024 * 1024 / sizeof(float);

    private readonly DataViewRowCursor _cursor;
    private readonly ValueGetter<DataViewRowId> _getId;
    private readonly RoutedHistories _batch;
    private CurrentRecommendation? _recommendation;
    private readonly List<DataViewRowId> _ids = [];
    private readonly int _maximumRows;
    private int _rows = RowsOfFirstWindow;
    private long _windowStart;
    private long _current = -1;
    private bool _scored;

    /// <param name="schema">The columns of the source and the added ones.</param>
    /// <param name="source">The view to read ahead.</param>
    /// <param name="active">Which columns of the schema's output are active.</param>
    public LookAheadScorer(RecommendationSchema schema, IDataView source, bool[] active)
    {
        _maximumRows = Math.Clamp(MaximumScores / (schema.Plan.Model.NumberOfItems + 1), 1, MaximumRows);
        _cursor = source.GetRowCursor(schema.ScoredFrom(active));
        _batch = new RoutedHistories(schema, _cursor, active);
        _getId = _cursor.GetIdGetter();
    }

    /// <summary>The recommendation for a row; rows come in order, and some may be skipped.</summary>
    /// <param name="index">Number of the row, from 0.</param>
    /// <param name="id">The row's id in the consumer's own reading of the source.</param>
    /// <exception cref="InvalidOperationException">The source gave other rows in this reading than in that of the consumer.</exception>
    public CurrentRecommendation GetRecommendation(long index, DataViewRowId id)
    {
        if (index == _current)
        {
            return _recommendation!;
        }

        if (index >= _windowStart + _batch.Count)
        {
            ReadWindow(index);
        }

        if (!_scored)
        {
            _batch.Score();
            _scored = true;
        }

        int row = (int)(index - _windowStart);
        if (row >= _batch.Count || !_ids[row].Equals(id))
        {
            throw new InvalidOperationException(
                "The input gives different rows each time it is read, but recommendations read it twice; put the rows in memory first (Data.Cache, or save and load them).");
        }

        _recommendation = _batch.MoveTo(row);
        _current = index;
        return _recommendation;
    }

    public void Dispose()
    {
        _cursor.Dispose();
        _batch.ReportSkipped();
    }

    private void ReadWindow(long index)
    {
        _current = -1;
        _scored = false;
        long next = _windowStart + _batch.Count;
        _batch.Clear();
        _ids.Clear();
        while (next < index && _cursor.MoveNext())
        {
            next++;
        }

        _windowStart = index;
        int rows = Math.Min(_rows, _maximumRows);
        while (_batch.Count < rows && _batch.NumberOfEvents < HistoryBatch.MaximumEventsPerCall && _cursor.MoveNext())
        {
            DataViewRowId id = default;
            _getId(ref id);
            _ids.Add(id);
            _batch.Add();
        }

        _rows = Math.Min(2 * rows, _maximumRows);
    }
}
