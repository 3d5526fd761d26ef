using Microsoft.ML.Data;

namespace Microsoft.ML.Hydra.Sequences;

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
