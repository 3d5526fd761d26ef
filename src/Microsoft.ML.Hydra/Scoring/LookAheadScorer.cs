using Microsoft.ML.Data;
using Microsoft.ML.Hydra.Items;

namespace Microsoft.ML.Hydra.Scoring;

/// <summary>
/// Reads a source ahead of its consumer and scores a window of histories at once: at most <see cref="MaximumRows"/> rows,
/// 16 MB of scores and <see cref="HistoryBatch.MaximumEventsPerCall"/> events, yet always one row. Windows start small, so
/// that a consumer of few rows waits for few. Rows passed over are not scored.
/// </summary>
internal sealed class LookAheadScorer : IDisposable
{
    /// <summary>Most rows in a window.</summary>
    public const int MaximumRows = 256;

    private const int RowsOfFirstWindow = 16;
    private const int MaximumScores = 16 * 1024 * 1024 / sizeof(float);

    private readonly DataViewRowCursor _cursor;
    private readonly HistoryReader _readHistory;
    private readonly LabelReader? _readLabel;
    private readonly ValueGetter<DataViewRowId> _getId;
    private readonly HistoryBatch _batch;
    private readonly CurrentRecommendation _recommendation;
    private readonly List<DataViewRowId> _ids = [];
    private readonly int _maximumRows;
    private int _rows = RowsOfFirstWindow;
    private long _windowStart;
    private long _current = -1;
    private bool _scored;

    /// <param name="schema">The columns of the source and the added ones.</param>
    /// <param name="source">The view to read ahead.</param>
    /// <param name="active">Which columns of the schema's output are wanted.</param>
    public LookAheadScorer(RecommendationSchema schema, IDataView source, bool[] active)
    {
        RecommendationPlan plan = schema.Plan;
        _batch = new HistoryBatch(plan);
        _recommendation = new CurrentRecommendation(plan, _batch);
        _maximumRows = Math.Clamp(MaximumScores / (plan.Model.NumberOfItems + 1), 1, MaximumRows);
        _cursor = source.GetRowCursor(schema.ScoredFrom(active));
        _readHistory = plan.Model.CreateHistoryReader(_cursor, schema.ItemsColumn, schema.TimestampsColumn);
        _readLabel = schema.WantsLabel(active) ? plan.Model.Vocabulary.CreateLabelReader(_cursor, schema.LabelColumn!.Value) : null;
        _getId = _cursor.GetIdGetter();
    }

    /// <summary>The recommendation for a row; rows are asked for in order, some may be passed over.</summary>
    /// <param name="index">Number of the row, from 0.</param>
    /// <param name="id">The row's id, as the consumer's own reading of the source has it.</param>
    /// <exception cref="InvalidOperationException">The source gave other rows in this reading than in the consumer's.</exception>
    public CurrentRecommendation GetRecommendation(long index, DataViewRowId id)
    {
        if (index == _current)
        {
            return _recommendation;
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

        _recommendation.MoveTo(row);
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
            _batch.Add(_readHistory, _readLabel);
        }

        _rows = Math.Min(2 * rows, _maximumRows);
    }
}
