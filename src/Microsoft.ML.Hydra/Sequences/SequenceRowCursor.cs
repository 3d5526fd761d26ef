using Microsoft.ML.Data;

namespace Microsoft.ML.Hydra.Sequences;

/// <summary>Walks the rows of a <see cref="SequenceDataView"/>.</summary>
internal sealed class SequenceRowCursor : CheckedRowCursor
{
    private readonly IReadOnlyList<SequenceColumn> _columns;
    private readonly int _rowCount;
    private readonly int[]? _permutation;
    private int _next;

    /// <param name="schema">Schema of the view.</param>
    /// <param name="columns">Its columns.</param>
    /// <param name="columnsNeeded">Those whose getters may be asked for.</param>
    /// <param name="rowCount">Number of rows.</param>
    /// <param name="permutation">The rows in the order to visit; <see langword="null"/> for their own.</param>
    public SequenceRowCursor(
        DataViewSchema schema,
        IReadOnlyList<SequenceColumn> columns,
        IEnumerable<DataViewSchema.Column> columnsNeeded,
        int rowCount,
        int[]? permutation)
        : base(schema, columnsNeeded)
    {
        _columns = columns;
        _rowCount = rowCount;
        _permutation = permutation;
    }

    /// <summary>The row of the view that the cursor is at.</summary>
    public int Row
    {
        get
        {
            CheckHasRow();
            int row = _next - 1;
            return _permutation is null ? row : _permutation[row];
        }
    }

    public override long Batch => 0;

    public override ValueGetter<DataViewRowId> GetIdGetter() =>
        (ref DataViewRowId value) => value = new DataViewRowId((ulong)Row, 0);

    protected override bool MoveNextCore()
    {
        if (_next >= _rowCount)
        {
            return false;
        }

        _next++;
        return true;
    }

    protected override ValueGetter<TValue> CreateGetter<TValue>(int index) =>
        (ValueGetter<TValue>)_columns[index].CreateGetter(this);
}
