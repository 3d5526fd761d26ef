using Microsoft.ML.Data;

namespace Microsoft.ML.Hydra.Scoring;

/// <summary>The rows of a source with the added columns that are active; without one, nothing is scored.</summary>
internal sealed class RecommendationCursor : DataViewRowCursor
{
    private readonly RecommendationSchema _schema;
    private readonly DataViewRowCursor _source;
    private readonly LookAheadScorer? _scorer;
    private readonly bool[] _active;
    private readonly Delegate?[] _addedGetters;
    private readonly ValueGetter<DataViewRowId>? _getId;
    private long _index = -1;
    private bool _ended;
    private bool _disposed;

    public RecommendationCursor(RecommendationSchema schema, DataViewRowCursor source, LookAheadScorer? scorer, bool[] active)
    {
        _schema = schema;
        _source = source;
        _scorer = scorer;
        _active = active;
        _addedGetters = new Delegate?[schema.Output.Count - schema.Input.Count];
        if (scorer is null)
        {
            return;
        }

        _getId = source.GetIdGetter();
        foreach (DataViewSchema.Column column in schema.Output.Skip(schema.Input.Count).Where(column => active[column.Index]))
        {
            _addedGetters[column.Index - schema.Input.Count] =
                RecommendationGetters.Create(schema.Plan.Model.Vocabulary, column.Name, GetCurrent);
        }
    }

    public override DataViewSchema Schema => _schema.Output;

    public override long Position => _source.Position;

    public override long Batch => _source.Batch;

    public override ValueGetter<DataViewRowId> GetIdGetter() => _source.GetIdGetter();

    public override bool IsColumnActive(DataViewSchema.Column column) => _active[column.Index];

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => _schema.IsAdded(column)
        ? RecommendationGetters.Cast<TValue>(_addedGetters[column.Index - _schema.Input.Count], column)
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
            throw new InvalidOperationException("The cursor is on no row; call MoveNext first, and stop when it returns false.");
        }

        DataViewRowId id = default;
        _getId!(ref id);
        return _scorer!.GetRecommendation(_index, id);
    }
}
