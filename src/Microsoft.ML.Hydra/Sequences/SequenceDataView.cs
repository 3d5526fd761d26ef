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
