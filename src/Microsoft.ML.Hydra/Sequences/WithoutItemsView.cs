using Microsoft.ML.Data;

namespace Microsoft.ML.Hydra.Sequences;

/// <summary>Sequences without the events of some items: reads the source anew with every cursor. The columns are those of the source.</summary>
/// <param name="source">The sequences, their vectors of any length.</param>
/// <param name="columns">Which columns are the items and the timestamps.</param>
/// <param name="left">The items to leave out.</param>
/// <param name="keepsEmpty">Whether a row stays that has no event left.</param>
internal sealed class WithoutItemsView(IDataView source, SplitColumns columns, ColdItems left, bool keepsEmpty) : IDataView
{
    /// <summary>The column with the items.</summary>
    public DataViewSchema.Column Items => Schema[columns.Items.Index];

    /// <summary>The column with the timestamps, if there is one.</summary>
    public DataViewSchema.Column? Timestamps => columns.Timestamps is { } column ? Schema[column.Index] : null;

    /// <summary>The items that are left out.</summary>
    public ColdItems Left => left;

    /// <summary>Whether a row stays that has no event left.</summary>
    public bool KeepsEmpty => keepsEmpty;

    public DataViewSchema Schema => source.Schema;

    public bool CanShuffle => source.CanShuffle;

    /// <summary>Unknown before the rows are read.</summary>
    public long? GetRowCount() => null;

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
    {
        DataViewSchema.Column[] needed = [.. columnsNeeded];
        return new WithoutItemsCursor(source.GetRowCursor(needed.Append(Items), rand), this, needed);
    }

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null)
    {
        DataViewSchema.Column[] needed = [.. columnsNeeded];
        return Array.ConvertAll<DataViewRowCursor, DataViewRowCursor>(
            source.GetRowCursorSet(needed.Append(Items), n, rand), cursor => new WithoutItemsCursor(cursor, this, needed));
    }
}

/// <summary>Walks a <see cref="WithoutItemsView"/> over a cursor of its source.</summary>
internal sealed class WithoutItemsCursor : CheckedRowCursor
{
    private readonly DataViewRowCursor _source;
    private readonly SequenceVector _items;
    private readonly SequenceVector? _timestamps;
    private readonly Func<int, bool> _isLeftOut;
    private readonly int _itemsIndex;
    private readonly int? _timestampsIndex;
    private readonly bool _keepsEmpty;
    private readonly List<int> _kept = [];

    /// <param name="source">A cursor with the items and all needed columns active; owned from here on.</param>
    /// <param name="view">The view.</param>
    /// <param name="columnsNeeded">Columns whose getters may be asked for.</param>
    public WithoutItemsCursor(DataViewRowCursor source, WithoutItemsView view, IEnumerable<DataViewSchema.Column> columnsNeeded)
        : base(view.Schema, columnsNeeded)
    {
        _source = source;
        _items = SequenceVector.Create(source, view.Items);
        _isLeftOut = _items.CreateTest(view.Left);
        _timestamps = view.Timestamps is { } times && IsColumnActive(times) ? SequenceVector.Create(source, times) : null;
        (_itemsIndex, _timestampsIndex, _keepsEmpty) = (view.Items.Index, view.Timestamps?.Index, view.KeepsEmpty);
    }

    public override long Batch => _source.Batch;

    /// <summary>Places of the events that stay, in the vectors of the source's current row.</summary>
    public ReadOnlySpan<int> Kept
    {
        get
        {
            CheckHasRow();
            return CollectionsMarshal.AsSpan(_kept);
        }
    }

    public override ValueGetter<DataViewRowId> GetIdGetter() => _source.GetIdGetter();

    protected override bool MoveNextCore()
    {
        while (_source.MoveNext())
        {
            _items.Load();
            _timestamps?.Load();
            _kept.Clear();
            for (int place = 0; place < _items.Count; place++)
            {
                if (!_isLeftOut(place))
                {
                    _kept.Add(place);
                }
            }

            if (_kept.Count > 0 || _keepsEmpty)
            {
                return true;
            }
        }

        return false;
    }

    protected override ValueGetter<TValue> CreateGetter<TValue>(int index) =>
        index == _itemsIndex ? (ValueGetter<TValue>)_items.CreateKeptGetter(this)
        : index == _timestampsIndex ? (ValueGetter<TValue>)_timestamps!.CreateKeptGetter(this)
        : _source.GetGetter<TValue>(Schema[index]);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _source.Dispose();
        }

        base.Dispose(disposing);
    }
}
