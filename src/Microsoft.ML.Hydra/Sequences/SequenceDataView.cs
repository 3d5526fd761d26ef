using Microsoft.ML.Data;

namespace Microsoft.ML.Hydra.Sequences;

/// <summary>Grouped interactions in memory, one row a user. Any number of cursors may read it at once.</summary>
internal sealed class SequenceDataView : IDataView
{
    private readonly IReadOnlyList<SequenceColumn> _columns;
    private readonly int _rowCount;

    public SequenceDataView(IReadOnlyList<SequenceColumn> columns, int rowCount)
    {
        _columns = columns;
        _rowCount = rowCount;
        var builder = new DataViewSchema.Builder();
        foreach (SequenceColumn column in columns)
        {
            builder.AddColumn(column.Name, column.Type, column.Annotations);
        }

        Schema = builder.ToSchema();
    }

    public DataViewSchema Schema { get; }

    public bool CanShuffle => true;

    public long? GetRowCount() => _rowCount;

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
    {
        int[]? permutation = null;
        if (rand is not null)
        {
            permutation = [.. Enumerable.Range(0, _rowCount)];
            rand.Shuffle(permutation);
        }

        return new SequenceRowCursor(Schema, _columns, columnsNeeded, _rowCount, permutation);
    }

    /// <summary>One cursor: reading from memory gains nothing from several.</summary>
    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) =>
        [GetRowCursor(columnsNeeded, rand)];
}

/// <summary>Walks the rows of a <see cref="SequenceDataView"/>.</summary>
/// <param name="schema">Schema of the view.</param>
/// <param name="columns">Its columns.</param>
/// <param name="columnsNeeded">Those whose getters may be asked for.</param>
/// <param name="rowCount">Number of rows.</param>
/// <param name="permutation">The rows in the order to visit; <see langword="null"/> for their own.</param>
internal sealed class SequenceRowCursor(
    DataViewSchema schema,
    IReadOnlyList<SequenceColumn> columns,
    IEnumerable<DataViewSchema.Column> columnsNeeded,
    int rowCount,
    int[]? permutation) : CheckedRowCursor(schema, columnsNeeded)
{
    private int _next;

    /// <summary>The row of the view that the cursor is at.</summary>
    public int Row
    {
        get
        {
            CheckHasRow();
            int row = _next - 1;
            return permutation is null ? row : permutation[row];
        }
    }

    public override long Batch => 0;

    public override ValueGetter<DataViewRowId> GetIdGetter() =>
        (ref DataViewRowId value) => value = new DataViewRowId((ulong)Row, 0);

    protected override bool MoveNextCore()
    {
        if (_next >= rowCount)
        {
            return false;
        }

        _next++;
        return true;
    }

    protected override ValueGetter<TValue> CreateGetter<TValue>(int index) =>
        (ValueGetter<TValue>)columns[index].CreateGetter(this);
}

/// <summary>A column of a <see cref="SequenceDataView"/>.</summary>
internal abstract class SequenceColumn(string name, DataViewType type, DataViewSchema.Annotations annotations)
{
    public string Name { get; } = name;

    public DataViewType Type { get; } = type;

    public DataViewSchema.Annotations Annotations { get; } = annotations;

    /// <summary>A <see cref="ValueGetter{TValue}"/> of the column's raw type, for the row the cursor is at.</summary>
    public abstract Delegate CreateGetter(SequenceRowCursor cursor);
}

/// <summary>One value a row.</summary>
internal sealed class ScalarColumn<T>(string name, DataViewType type, DataViewSchema.Annotations annotations, T[] values)
    : SequenceColumn(name, type, annotations)
{
    public override Delegate CreateGetter(SequenceRowCursor cursor) =>
        (ValueGetter<T>)((ref T value) => value = values[cursor.Row]);
}

/// <summary>A vector a row: row <c>r</c> is <c>values[offsets[r] .. offsets[r + 1])</c>.</summary>
internal sealed class VectorColumn<T>(string name, PrimitiveDataViewType type, T[] values, int[] offsets)
    : SequenceColumn(name, new VectorDataViewType(type), DataViewSchema.Annotations.Empty)
{
    public override Delegate CreateGetter(SequenceRowCursor cursor) => (ValueGetter<VBuffer<T>>)((ref VBuffer<T> value) =>
    {
        ReadOnlySpan<T> row = values.AsSpan(offsets[cursor.Row]..offsets[cursor.Row + 1]);
        VBufferEditor<T> editor = VBufferEditor.Create(ref value, row.Length);
        row.CopyTo(editor.Values);
        value = editor.Commit();
    });
}

/// <summary>A vector a row: row <c>r</c> is the <paramref name="distinct"/> values of <c>codes[offsets[r] .. offsets[r + 1])</c>.</summary>
internal sealed class CodedVectorColumn<T>(
    string name, PrimitiveDataViewType type, DataViewSchema.Annotations annotations, T[] distinct, int[] codes, int[] offsets)
    : SequenceColumn(name, new VectorDataViewType(type), annotations)
{
    public override Delegate CreateGetter(SequenceRowCursor cursor) => (ValueGetter<VBuffer<T>>)((ref VBuffer<T> value) =>
    {
        ReadOnlySpan<int> row = codes.AsSpan(offsets[cursor.Row]..offsets[cursor.Row + 1]);
        VBufferEditor<T> editor = VBufferEditor.Create(ref value, row.Length);
        for (int i = 0; i < row.Length; i++)
        {
            editor.Values[i] = distinct[row[i]];
        }

        value = editor.Commit();
    });
}

/// <summary>A cursor that reports wrong use in clear errors: inactive columns, wrong value types, no current row.</summary>
internal abstract class CheckedRowCursor : DataViewRowCursor
{
    private readonly bool[] _active;
    private long _position = -1;

    protected CheckedRowCursor(DataViewSchema schema, IEnumerable<DataViewSchema.Column> columnsNeeded)
    {
        Schema = schema;
        _active = new bool[schema.Count];
        foreach (DataViewSchema.Column column in columnsNeeded)
        {
            _active[column.Index] = true;
        }
    }

    public sealed override DataViewSchema Schema { get; }

    /// <summary>Number of the current row, -1 before the first and after the last.</summary>
    public sealed override long Position => _position;

    public sealed override bool IsColumnActive(DataViewSchema.Column column) =>
        column.Index < _active.Length && _active[column.Index];

    public sealed override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
    {
        if (!IsColumnActive(column))
        {
            throw new InvalidOperationException(
                $"Column '{column.Name}' is not active in this cursor: name it in columnsNeeded of GetRowCursor.");
        }

        DataViewType type = Schema[column.Index].Type;
        return type.RawType == typeof(TValue)
            ? CreateGetter<TValue>(column.Index)
            : throw new InvalidOperationException(
                $"Column '{column.Name}' has type {type}, whose values are {type.RawType}, but a getter of {typeof(TValue)} was asked for.");
    }

    public sealed override bool MoveNext()
    {
        _position = MoveNextCore() ? _position + 1 : -1;
        return _position >= 0;
    }

    /// <summary>Moves to the next row; returns <see langword="false"/> after the last, every time.</summary>
    protected abstract bool MoveNextCore();

    /// <summary>The getter of an active column, for its own type.</summary>
    protected abstract ValueGetter<TValue> CreateGetter<TValue>(int index);

    /// <summary>Fails when there is no current row; every getter calls it.</summary>
    protected void CheckHasRow()
    {
        if (_position < 0)
        {
            throw new InvalidOperationException("The cursor is before the first row or after the last: call MoveNext and read while it returns true.");
        }
    }
}
