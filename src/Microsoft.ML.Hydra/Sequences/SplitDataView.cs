namespace Microsoft.ML.Hydra.Sequences;

/// <summary>One part of a split: reads the source anew with every cursor, cuts its sequences and leaves some rows out.</summary>
internal sealed class SplitDataView : IDataView
{
    private readonly IDataView _source;
    private readonly SplitColumns _columns;
    private readonly ISequenceCut _cut;
    private readonly bool _isTest;

    /// <param name="source">The sequences.</param>
    /// <param name="columns">What is cut.</param>
    /// <param name="cut">Where it is cut.</param>
    /// <param name="isTest">
    /// Train part: every row with a history. Test part: every row with a history and a next item.
    /// </param>
    public SplitDataView(IDataView source, SplitColumns columns, ISequenceCut cut, bool isTest)
    {
        _source = source;
        _columns = columns;
        _cut = cut;
        _isTest = isTest;
    }

    public DataViewSchema Schema => _isTest ? _columns.Test : _columns.Train;

    public bool CanShuffle => _source.CanShuffle;

    /// <summary>Unknown before the rows are read.</summary>
    public long? GetRowCount() => null;

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
    {
        DataViewSchema.Column[] needed = [.. columnsNeeded];
        return Wrap(_source.GetRowCursor(SourceColumns(needed), rand), needed);
    }

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null)
    {
        DataViewSchema.Column[] needed = [.. columnsNeeded];
        return Array.ConvertAll(_source.GetRowCursorSet(SourceColumns(needed), n, rand), cursor => Wrap(cursor, needed));
    }

    private DataViewRowCursor Wrap(DataViewRowCursor source, DataViewSchema.Column[] needed) =>
        new SplitRowCursor(source, Schema, needed, _columns, NeedsTimestamps(needed), _cut, _isTest);

    private bool NeedsTimestamps(DataViewSchema.Column[] needed) =>
        _cut.ReadsTimestamps || needed.Any(column => _columns.IsFromTimestamps(column.Index));

    /// <summary>What the source has to deliver: the items always, for the cut.</summary>
    private List<DataViewSchema.Column> SourceColumns(DataViewSchema.Column[] needed)
    {
        List<DataViewSchema.Column> source = [_columns.Items];
        if (_columns.Timestamps is { } timestamps && NeedsTimestamps(needed))
        {
            source.Add(timestamps);
        }

        source.AddRange(needed
            .Where(column => !_columns.IsFromItems(column.Index) && !_columns.IsFromTimestamps(column.Index))
            .Select(column => _columns.Source[column.Index]));
        return source;
    }
}
