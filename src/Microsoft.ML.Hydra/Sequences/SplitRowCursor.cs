using System.Reflection;
using Microsoft.ML.Data;

namespace Microsoft.ML.Hydra.Sequences;

/// <summary>Walks one part of a split over a cursor of its source.</summary>
internal sealed class SplitRowCursor : CheckedRowCursor
{
    private readonly DataViewRowCursor _source;
    private readonly SplitColumns _columns;
    private readonly SequenceVector _items;
    private readonly SequenceVector? _timestamps;
    private readonly ICutReader _cut;
    private readonly bool _isTest;
    private Action<string>? _warnIfEmpty;
    private int _current;

    /// <param name="source">A cursor with all columns active that this one needs; owned from here on.</param>
    /// <param name="part">The part of the split.</param>
    /// <param name="columnsNeeded">Columns of the part whose getters may be asked for.</param>
    /// <param name="readTimestamps">Whether the timestamps are active in the source.</param>
    /// <param name="warnIfEmpty">Called with a sentence when no row is found, and that is a surprise.</param>
    public SplitRowCursor(
        DataViewRowCursor source,
        SplitDataView part,
        IEnumerable<DataViewSchema.Column> columnsNeeded,
        bool readTimestamps,
        Action<string>? warnIfEmpty)
        : base(part.Schema, columnsNeeded)
    {
        _source = source;
        _columns = part.Columns;
        _items = SequenceVector.Create(source, _columns.Items);
        _timestamps = readTimestamps && _columns.Timestamps is { } column ? SequenceVector.Create(source, column) : null;
        _cut = part.Cut.Bind(_items, _timestamps);
        _isTest = part.IsTest;
        _warnIfEmpty = warnIfEmpty;
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

            _current = _cut.HistoryLength(_source.Position);
            if (_current > 0 && !(_isTest && _current == _items.Count))
            {
                _warnIfEmpty = null;
                return true;
            }
        }

        if (_warnIfEmpty is { } warn && _cut.ExplainEmpty(_isTest) is { } sentence)
        {
            warn(sentence);
        }

        _warnIfEmpty = null;
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

/// <summary>A vector column of the source of a split, read once a row and handed out in two pieces: the history and the next value.</summary>
internal abstract class SequenceVector(string columnName)
{
    public string ColumnName { get; } = columnName;

    /// <summary>Length of the vector loaded last.</summary>
    public abstract int Count { get; }

    /// <summary>The reader of a vector column of any element type.</summary>
    /// <param name="source">A row with the column active.</param>
    /// <param name="column">The column, of a <see cref="VectorDataViewType"/>.</param>
    public static SequenceVector Create(DataViewRow source, DataViewSchema.Column column)
    {
        Type element = ((VectorDataViewType)column.Type).ItemType.RawType;
        return (SequenceVector)Activator.CreateInstance(
            typeof(SequenceVector<>).MakeGenericType(element),
            BindingFlags.Public | BindingFlags.Instance | BindingFlags.DoNotWrapExceptions,
            binder: null,
            args: [source, column],
            culture: null)!;
    }

    /// <summary>Reads the vector of the source's current row.</summary>
    public abstract void Load();

    /// <summary>A getter of the values before the cut, a vector.</summary>
    public abstract Delegate CreateHistoryGetter(SplitRowCursor cursor);

    /// <summary>A getter of the first value after the cut, a scalar.</summary>
    public abstract Delegate CreateNextGetter(SplitRowCursor cursor);

    /// <summary>A getter of the values at the places that are kept, a vector.</summary>
    public abstract Delegate CreateKeptGetter(WithoutItemsCursor cursor);

    /// <summary>A test of whether the value at a place of the vector loaded last is one of the items.</summary>
    public abstract Func<int, bool> CreateTest(ColdItems items);
}

/// <summary>A vector column with values of <typeparamref name="T"/>; sparse vectors are made dense.</summary>
internal sealed class SequenceVector<T>(DataViewRow source, DataViewSchema.Column column) : SequenceVector(column.Name)
{
    private readonly ValueGetter<VBuffer<T>> _getter = source.GetGetter<VBuffer<T>>(column);
    private VBuffer<T> _loaded;
    private VBuffer<T> _dense;

    public override int Count => _loaded.Length;

    /// <summary>The values loaded last.</summary>
    public ReadOnlySpan<T> Values => _loaded.IsDense ? _loaded.GetValues() : _dense.GetValues();

    public override void Load()
    {
        _getter(ref _loaded);
        if (!_loaded.IsDense)
        {
            _loaded.CopyToDense(ref _dense);
        }
    }

    public override Delegate CreateHistoryGetter(SplitRowCursor cursor) => (ValueGetter<VBuffer<T>>)((ref VBuffer<T> value) =>
    {
        int length = cursor.HistoryLength;
        VBufferEditor<T> editor = VBufferEditor.Create(ref value, length);
        Values[..length].CopyTo(editor.Values);
        value = editor.Commit();
    });

    public override Delegate CreateNextGetter(SplitRowCursor cursor) =>
        (ValueGetter<T>)((ref T value) => value = Values[cursor.HistoryLength]);

    public override Delegate CreateKeptGetter(WithoutItemsCursor cursor) => (ValueGetter<VBuffer<T>>)((ref VBuffer<T> value) =>
    {
        ReadOnlySpan<int> kept = cursor.Kept;
        ReadOnlySpan<T> values = Values;
        VBufferEditor<T> editor = VBufferEditor.Create(ref value, kept.Length);
        for (int i = 0; i < kept.Length; i++)
        {
            editor.Values[i] = values[kept[i]];
        }

        value = editor.Commit();
    });

    public override Func<int, bool> CreateTest(ColdItems items)
    {
        HashSet<T> set = items.ToSet<T>();
        return place => set.Contains(Values[place]);
    }
}
