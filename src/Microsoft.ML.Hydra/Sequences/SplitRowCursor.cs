using System.Globalization;
using Microsoft.ML.Data;

namespace Microsoft.ML.Hydra.Sequences;

/// <summary>Walks one part of a split over a cursor of its source.</summary>
internal sealed class SplitRowCursor : CheckedRowCursor
{
    private readonly DataViewRowCursor _source;
    private readonly SplitColumns _columns;
    private readonly SequenceVector _items;
    private readonly SequenceVector? _timestamps;
    private readonly Func<long, int> _historyLength;
    private readonly bool _isTest;
    private int _current;

    /// <param name="source">A cursor with all columns active that this one needs; owned from here on.</param>
    /// <param name="schema">Schema of the part.</param>
    /// <param name="columnsNeeded">Columns of the part whose getters may be asked for.</param>
    /// <param name="columns">What is cut.</param>
    /// <param name="readTimestamps">Whether the timestamps are active in the source.</param>
    /// <param name="cut">Where it is cut.</param>
    /// <param name="isTest">Whether rows without a next item are left out.</param>
    public SplitRowCursor(
        DataViewRowCursor source,
        DataViewSchema schema,
        IEnumerable<DataViewSchema.Column> columnsNeeded,
        SplitColumns columns,
        bool readTimestamps,
        ISequenceCut cut,
        bool isTest)
        : base(schema, columnsNeeded)
    {
        _source = source;
        _columns = columns;
        _items = SequenceVector.Create(source, columns.Items);
        _timestamps = readTimestamps && columns.Timestamps is { } column ? SequenceVector.Create(source, column) : null;
        _historyLength = cut.Bind(_items, _timestamps);
        _isTest = isTest;
    }

    public override long Batch => _source.Batch;

    /// <summary>Number of events before the cut in the current row.</summary>
    public int HistoryLength
    {
        get
        {
            CheckHasRow();
            return _current;
        }
    }

    public override ValueGetter<DataViewRowId> GetIdGetter() => _source.GetIdGetter();

    protected override bool MoveNextCore()
    {
        while (_source.MoveNext())
        {
            _items.Load();
            if (_timestamps is not null)
            {
                _timestamps.Load();
                CheckAligned(_timestamps);
            }

            _current = _historyLength(_source.Position);
            if (_current > 0 && !(_isTest && _current == _items.Count))
            {
                return true;
            }
        }

        return false;
    }

    protected override ValueGetter<TValue> CreateGetter<TValue>(int index)
    {
        if (index == _columns.Items.Index)
        {
            return (ValueGetter<TValue>)_items.CreateHistoryGetter(this);
        }

        if (index == _columns.NextItemIndex)
        {
            return (ValueGetter<TValue>)_items.CreateNextGetter(this);
        }

        if (_timestamps is not null && _columns.IsFromTimestamps(index))
        {
            return (ValueGetter<TValue>)(index == _columns.NextTimestampIndex
                ? _timestamps.CreateNextGetter(this)
                : _timestamps.CreateHistoryGetter(this));
        }

        return _source.GetGetter<TValue>(_columns.Source[index]);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _source.Dispose();
        }

        base.Dispose(disposing);
    }

    private void CheckAligned(SequenceVector timestamps)
    {
        if (timestamps.Count != _items.Count)
        {
            throw new InvalidOperationException(string.Create(
                CultureInfo.InvariantCulture,
                $"Row {_source.Position} has {_items.Count} values in '{_items.ColumnName}' but {timestamps.Count} in '{timestamps.ColumnName}': give each item exactly one timestamp."));
        }
    }
}
