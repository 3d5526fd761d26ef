using Microsoft.ML.Data;
using Microsoft.ML.Hydra.Items;

namespace Microsoft.ML.Hydra.Sequences;

/// <summary>One part of a split: reads the source anew with every cursor, cuts its sequences and leaves some rows out.</summary>
/// <param name="source">The sequences.</param>
/// <param name="columns">What is cut.</param>
/// <param name="cut">Where it is cut.</param>
/// <param name="isTest">
/// Train part: every row with a history. Test part: every row with a history and a next item.
/// </param>
/// <param name="warn">Called with a sentence when a whole reading finds no row, and that is a surprise.</param>
internal sealed class SplitDataView(IDataView source, SplitColumns columns, ISequenceCut cut, bool isTest, Action<string> warn) : IDataView
{
    /// <summary>What is cut.</summary>
    public SplitColumns Columns { get; } = columns;

    /// <summary>Where it is cut.</summary>
    public ISequenceCut Cut { get; } = cut;

    /// <summary>Whether rows without a next item are left out.</summary>
    public bool IsTest { get; } = isTest;

    public DataViewSchema Schema => IsTest ? Columns.Test : Columns.Train;

    public bool CanShuffle => source.CanShuffle;

    /// <summary>Unknown before the rows are read.</summary>
    public long? GetRowCount() => null;

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
    {
        DataViewSchema.Column[] needed = [.. columnsNeeded];
        return Wrap(source.GetRowCursor(SourceColumns(needed), rand), needed, warn);
    }

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null)
    {
        DataViewSchema.Column[] needed = [.. columnsNeeded];
        return Array.ConvertAll(source.GetRowCursorSet(SourceColumns(needed), n, rand), cursor => Wrap(cursor, needed, null));
    }

    // One of several cursors may well have no row.
    private SplitRowCursor Wrap(DataViewRowCursor cursor, DataViewSchema.Column[] needed, Action<string>? warnIfEmpty) =>
        new(cursor, this, needed, NeedsTimestamps(needed), warnIfEmpty);

    private bool NeedsTimestamps(DataViewSchema.Column[] needed) =>
        Cut.ReadsTimestamps || needed.Any(column => Columns.IsFromTimestamps(column.Index));

    /// <summary>What the source has to deliver: the items always, for the cut.</summary>
    private List<DataViewSchema.Column> SourceColumns(DataViewSchema.Column[] needed)
    {
        List<DataViewSchema.Column> delivered = [Columns.Items];
        if (Columns.Timestamps is { } timestamps && NeedsTimestamps(needed))
        {
            delivered.Add(timestamps);
        }

        delivered.AddRange(needed
            .Where(column => !Columns.IsFromItems(column.Index) && !Columns.IsFromTimestamps(column.Index))
            .Select(column => Columns.Source[column.Index]));
        return delivered;
    }
}

/// <summary>The columns that a split cuts, and the schemas of its two parts.</summary>
internal sealed class SplitColumns
{
    private const string NextItemName = "NextItem";
    private const string NextTimestampName = "NextTimestamp";

    /// <param name="source">Schema of the sequences.</param>
    /// <param name="items">A vector column.</param>
    /// <param name="timestamps">A vector column aligned with it, if there is one.</param>
    public SplitColumns(DataViewSchema source, DataViewSchema.Column items, DataViewSchema.Column? timestamps)
    {
        Source = source;
        Items = items;
        Timestamps = timestamps;
        Train = CreateBuilder().ToSchema();

        DataViewSchema.Builder test = CreateBuilder();
        test.AddColumn(NextItemName, ElementType(items), SchemaLookup.KeyValuesOf(items));
        if (timestamps is { } column)
        {
            test.AddColumn(NextTimestampName, ElementType(column), SchemaLookup.KeyValuesOf(column));
        }

        Test = test.ToSchema();
    }

    public DataViewSchema Source { get; }

    public DataViewSchema.Column Items { get; }

    public DataViewSchema.Column? Timestamps { get; }

    /// <summary>The source's columns, the cut ones as vectors of any length.</summary>
    public DataViewSchema Train { get; }

    /// <summary>As <see cref="Train"/>, followed by the next item and, with timestamps, its time.</summary>
    public DataViewSchema Test { get; }

    /// <summary>Place of the next item in <see cref="Test"/>.</summary>
    public int NextItemIndex => Source.Count;

    /// <summary>Place of the next item's time in <see cref="Test"/>.</summary>
    public int NextTimestampIndex => Source.Count + 1;

    /// <summary>Whether a column of either part comes from the items or the timestamps.</summary>
    public bool IsFromTimestamps(int index) => Timestamps is { } column && (index == column.Index || index == NextTimestampIndex);

    /// <summary>Whether a column of either part comes from the items.</summary>
    public bool IsFromItems(int index) => index == Items.Index || index == NextItemIndex;

    private static PrimitiveDataViewType ElementType(DataViewSchema.Column column) => ((VectorDataViewType)column.Type).ItemType;

    private DataViewSchema.Builder CreateBuilder()
    {
        var builder = new DataViewSchema.Builder();
        foreach (DataViewSchema.Column column in Source)
        {
            if (column.Index == Items.Index || column.Index == Timestamps?.Index)
            {
                builder.AddColumn(column.Name, new VectorDataViewType(ElementType(column)), WithoutSlots(column));
            }
            else
            {
                builder.AddColumn(column.Name, column.Type, column.Annotations);
            }
        }

        return builder;
    }

    /// <summary>Annotations that name the places of a fixed-size vector do not fit the shorter ones.</summary>
    private static DataViewSchema.Annotations WithoutSlots(DataViewSchema.Column column)
    {
        var builder = new DataViewSchema.Annotations.Builder();
        builder.Add(column.Annotations, kind => kind is not ("SlotNames" or "CategoricalSlotRanges"));
        return builder.ToAnnotations();
    }
}
