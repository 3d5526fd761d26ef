using Microsoft.ML.Data;

namespace Microsoft.ML.Hydra.Items;

/// <summary>The columns of a view of sequences. A name alone is that of the items.</summary>
/// <param name="Items">Vector column (of variable or fixed length) with text, integers or keys, oldest first.</param>
/// <param name="Timestamps">Vector column with the times of the events; null for a model that reads none.</param>
/// <param name="Domain">Column with the domain of the sequence; null for one domain.</param>
internal sealed record SequenceColumns(string Items, string? Timestamps = null, string? Domain = null)
{
    public static implicit operator SequenceColumns(string items) => new(items);

    /// <summary>The columns that options name.</summary>
    public static SequenceColumns Of(TrainerOptions options) => new(options.ItemsColumnName, options.TimestampsColumnName, options.DomainColumnName);
}

/// <summary>What a view's sequences became.</summary>
/// <param name="Dataset">The sequences that have items.</param>
/// <param name="Vocabulary">What the rows in <paramref name="Dataset"/> stand for.</param>
/// <param name="Clock">What the times of the events are measured by; null where none are read.</param>
/// <param name="NumberOfMissingItems">Items skipped because they were empty text, 0 or a missing key.</param>
/// <param name="NumberOfUnknownItems">Keys skipped because they are beyond the number of their type's values.</param>
/// <param name="NumberOfEmptySequences">Rows of the view dropped because no item was left.</param>
internal sealed record SequenceData(
    SequenceDataset Dataset,
    ItemVocabulary Vocabulary,
    EventClock? Clock,
    long NumberOfMissingItems,
    long NumberOfUnknownItems,
    long NumberOfEmptySequences)
{
    /// <summary>The domains; null where no column has them.</summary>
    public DomainNames? DomainNames { get; init; }

    /// <summary>The domain of each sequence; empty where no column has them.</summary>
    public int[] DomainOfSequences { get; init; } = [];
}

/// <summary>Turns the items of a view into rows of embeddings.</summary>
internal static class SequenceReader
{
    /// <summary>Reads a view once: every row is a sequence; rows left without items are dropped.</summary>
    /// <param name="view">The training sequences.</param>
    /// <param name="columns">Its columns.</param>
    /// <param name="earlier">
    /// Vocabulary of an earlier model: its rows are kept and new items appended. Key items keep the rows that their keys give;
    /// <see cref="ItemVocabulary.MapRowsTo"/> of the earlier vocabulary gives in every case the new row of an old one.
    /// </param>
    /// <param name="checkCancelled">Called once a row; throws to stop.</param>
    /// <param name="earlierClock">The clock of an earlier model, which is kept.</param>
    /// <param name="earlierDomains">The domains of an earlier model, which keep their numbers.</param>
    /// <exception cref="ArgumentException">A column is missing or of another type.</exception>
    /// <exception cref="InvalidOperationException">A row has no domain, or other numbers of items and times, or an infinite time.</exception>
    public static SequenceData Read(
        IDataView view, SequenceColumns columns, ItemVocabulary? earlier = null, Action? checkCancelled = null,
        EventClock? earlierClock = null, ItemDomains? earlierDomains = null)
    {
        DataViewSchema.Column column = FindItemsColumn(view.Schema, columns.Items);
        DataViewSchema.Column? times = columns.Timestamps is null ? null : TimedHistory.FindColumn(view.Schema, columns.Timestamps);
        DataViewSchema.Column? domain = columns.Domain is null ? null : DomainColumn.Find(view.Schema, columns.Domain, "the sequences");
        DomainNames? names = domain is null ? null : new DomainNames(earlierDomains?.Names);
        var domains = new List<int>();
        ItemVocabularyBuilder builder = ItemVocabularyBuilder.Create(column, earlier);
        var items = new ItemRowBuffer();
        var offsets = new List<int> { 0 };
        long numberOfEmptySequences = 0;
        using (DataViewRowCursor cursor = view.GetRowCursor(new[] { column, times, domain }.OfType<DataViewSchema.Column>()))
        {
            HistoryReader read = builder.CreateHistoryReader(cursor, column);
            read = times is { } timesColumn ? TimedHistory.CreateReader(read, cursor, column, timesColumn) : read;
            DomainReader? readDomain = domain is { } domainColumn ? DomainColumn.CreateReader(cursor, domainColumn) : null;
            while (cursor.MoveNext())
            {
                checkCancelled?.Invoke();
                read(items);
                if (items.Count > offsets[^1])
                {
                    offsets.Add(items.Count);
                    if (readDomain is not null)
                    {
                        domains.Add(names!.NumberOf(readDomain() ?? throw NoDomain(cursor.Position, columns.Domain!)));
                    }
                }
                else
                {
                    numberOfEmptySequences++;
                }
            }
        }

        ItemVocabulary vocabulary = builder.Build();
        int[] ends = [.. offsets];
        EventClock? clock = times is null ? null : earlierClock ?? EventClock.Fit(items.EventTimes, ends);
        float[]? features = clock?.ReadAll(items.EventTimes, ends);
        return new SequenceData(
            new SequenceDataset(items.Detach(), ends, vocabulary.Count, features),
            vocabulary,
            clock,
            items.NumberOfMissingItems,
            items.NumberOfUnknownItems,
            numberOfEmptySequences)
        {
            DomainNames = names, DomainOfSequences = [.. domains],
        };
    }

    /// <summary>The column of that name, checked to be a vector of text, integers or keys.</summary>
    /// <param name="schema">The schema to look in.</param>
    /// <param name="name">The column's name.</param>
    /// <param name="vocabulary">The items that the column must hold; any when <see langword="null"/>.</param>
    /// <exception cref="ArgumentException">There is no such column, or it is of another type.</exception>
    public static DataViewSchema.Column FindItemsColumn(DataViewSchema schema, string name, ItemVocabulary? vocabulary = null)
    {
        DataViewSchema.Column column = schema.GetColumnOrNull(name) ?? throw new ArgumentException(
            $"There is no column \"{name}\" with the items of a sequence; the input has {string.Join(", ", schema.Select(c => c.Name))}. Name the items column with ItemsColumnName.");
        if (column.Type is not VectorDataViewType vector || !IsItemType(vector.ItemType))
        {
            throw new ArgumentException(
                $"Column \"{name}\" is of type {column.Type}, but the items of a sequence must be a vector of text, of an integer type or of keys; group interactions with GroupInteractions, or {ColumnCure.ForIds(column.Type)}.");
        }

        vocabulary?.CheckColumn(column);
        return column;
    }

    /// <summary>The scalar column with the item that came next, <see langword="null"/> when the schema has none of that name.</summary>
    /// <exception cref="ArgumentException">The column is a vector, or its items are of another type than the vocabulary's.</exception>
    public static DataViewSchema.Column? FindLabelColumn(DataViewSchema schema, string name, ItemVocabulary vocabulary)
    {
        if (schema.GetColumnOrNull(name) is not { } column)
        {
            return null;
        }

        if (column.Type is VectorDataViewType)
        {
            throw new ArgumentException(
                $"Column \"{name}\" is of type {column.Type}, but the item that came next must be one value; name another column with LabelColumnName, or drop this one.");
        }

        vocabulary.CheckColumn(column);
        return column;
    }

    private static InvalidOperationException NoDomain(long position, string column) => new(
        $"Row {position + 1} of the sequences has no domain in column \"{column}\" (empty text or a missing key); write the domain in each row, or leave such rows out.");

    /// <summary>Whether a column type can hold an item.</summary>
    public static bool IsItemType(DataViewType type) =>
        type is TextDataViewType or KeyDataViewType || IntegerType.Of(type) is not null;
}
