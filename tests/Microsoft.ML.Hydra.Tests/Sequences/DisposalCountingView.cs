using Microsoft.ML.Data;

namespace Microsoft.ML.Hydra.Tests.Sequences;

/// <summary>Counts the cursors opened and disposed, and remembers what was asked of the last.</summary>
internal sealed class DisposalCountingView(IDataView source) : IDataView
{
    public int Opened { get; private set; }

    public int Disposed { get; private set; }

    public IReadOnlyList<string> LastNeeded { get; private set; } = [];

    public bool CanShuffle => source.CanShuffle;

    public DataViewSchema Schema => source.Schema;

    public long? GetRowCount() => source.GetRowCount();

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
    {
        Opened++;
        DataViewSchema.Column[] needed = [.. columnsNeeded];
        LastNeeded = [.. needed.Select(column => column.Name)];
        return new Cursor(this, source.GetRowCursor(needed, rand));
    }

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) =>
        [GetRowCursor(columnsNeeded, rand)];

    private sealed class Cursor(DisposalCountingView view, DataViewRowCursor cursor) : DataViewRowCursor
    {
        public override long Position => cursor.Position;

        public override long Batch => cursor.Batch;

        public override DataViewSchema Schema => cursor.Schema;

        public override ValueGetter<DataViewRowId> GetIdGetter() => cursor.GetIdGetter();

        public override bool IsColumnActive(DataViewSchema.Column column) => cursor.IsColumnActive(column);

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => cursor.GetGetter<TValue>(column);

        public override bool MoveNext() => cursor.MoveNext();

        protected override void Dispose(bool disposing)
        {
            view.Disposed++;
            cursor.Dispose();
        }
    }
}
