using Microsoft.ML.Data;

namespace Microsoft.ML.Hydra.Items;

/// <summary>Items named by text, compared ordinally; empty text is a missing item.</summary>
internal sealed class TextItemVocabulary : ItemVocabulary, IItemIds<string>
{
    private readonly string[] _ids;
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _rows;

    /// <param name="ids">Id of row 1, row 2, and so on.</param>
    /// <param name="rows">The row of each id, under the ordinal comparer; owned by the vocabulary from now on.</param>
    public TextItemVocabulary(string[] ids, Dictionary<string, int> rows)
    {
        _ids = ids;
        _rows = rows.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    /// <summary>The ids, row 1 first.</summary>
    public ReadOnlySpan<string> Ids => _ids;

    public override int Count => _ids.Length;

    public override PrimitiveDataViewType ItemType => TextDataViewType.Instance;

    protected override Type IdType => typeof(string);

    protected override object TypedIds => this;

    public override string NameOf(int row) => _ids[row - 1];

    public override object IdOf(int row) => _ids[row - 1];

    /// <summary>The id's row, 0 for empty text, <see cref="ItemVocabulary.Unknown"/> for one never seen; allocates nothing.</summary>
    public int FindRow(ReadOnlyMemory<char> id) =>
        id.IsEmpty ? 0 : _rows.TryGetValue(id.Span, out int row) ? row : Unknown;

    int IItemIds<string>.FindRow(string id) => FindRow(id.AsMemory());

    string IItemIds<string>.IdOf(int row) => _ids[row - 1];

    public override int Find(object? id) => id switch
    {
        null => 0,
        string text => Math.Max(FindRow(text.AsMemory()), 0),
        ReadOnlyMemory<char> text => Math.Max(FindRow(text), 0),
        _ => throw new ArgumentException($"Item {id} is a {id.GetType().Name}, but the model's items are text; give strings."),
    };

    public override void CheckColumn(DataViewSchema.Column column)
    {
        if (ItemTypeOf(column) is not TextDataViewType)
        {
            throw new ArgumentException(
                $"Column \"{column.Name}\" is of type {column.Type}, but the model was trained on text items; {ColumnCure.ForText(column.Type)}.");
        }
    }

    public override HistoryReader CreateHistoryReader(DataViewRow row, DataViewSchema.Column column) =>
        ItemReaders.History<ReadOnlyMemory<char>>(row, column, FindRow);

    public override LabelReader CreateLabelReader(DataViewRow row, DataViewSchema.Column column) =>
        ItemReaders.Label<ReadOnlyMemory<char>>(row, column, FindRow);

    public override Delegate CreateItemsGetter(ItemRowsSource rows) => ItemReaders.Items(rows, row => _ids[row - 1].AsMemory());

    public override int[] MapRowsTo(ItemVocabulary newer) => newer is TextItemVocabulary text
        ? MapRows(row => text.FindRow(_ids[row - 1].AsMemory()))
        : throw CannotMapTo(newer);

    public override ItemVocabulary Keep(int first, IReadOnlyList<int> rows)
    {
        var builder = new TextItemVocabularyBuilder();
        foreach (int row in Enumerable.Range(1, first).Concat(rows))
        {
            builder.GetOrAdd(_ids[row - 1].AsMemory());
        }

        return builder.Build();
    }

    public override void WriteContent(BinaryWriter writer)
    {
        writer.Write(Count);
        foreach (string id in _ids)
        {
            ItemVocabularyFormat.WriteText(writer, id);
        }
    }

    /// <summary>The vocabulary that <see cref="ItemVocabulary.AddItemIds"/> left in an annotation.</summary>
    public static ItemVocabulary FromAnnotation(DataViewSchema.Annotations annotations, string name)
    {
        var builder = new TextItemVocabularyBuilder();
        foreach (ReadOnlyMemory<char> id in ItemReaders.Annotation<ReadOnlyMemory<char>>(annotations, name))
        {
            builder.GetOrAdd(id);
        }

        return builder.Build();
    }

    /// <summary>Reads what <see cref="WriteContent"/> wrote.</summary>
    public static ItemVocabulary ReadContent(BinaryReader reader)
    {
        int count = ItemVocabularyFormat.ReadCount(reader);
        var builder = new TextItemVocabularyBuilder();
        for (int i = 0; i < count; i++)
        {
            if (builder.GetOrAdd(ItemVocabularyFormat.ReadText(reader).AsMemory()) != i + 1)
            {
                throw new InvalidDataException($"The saved vocabulary is corrupted: item {i + 1} is empty or occurs twice; save the model again.");
            }
        }

        return builder.Build();
    }
}

/// <summary>Gives text ids rows in order of first appearance; only new ids allocate.</summary>
internal sealed class TextItemVocabularyBuilder : ItemVocabularyBuilder
{
    private readonly Dictionary<string, int> _rows;
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _lookup;
    private readonly List<string> _ids;

    /// <param name="earlier">Ids whose rows are kept, or <see langword="null"/>.</param>
    public TextItemVocabularyBuilder(TextItemVocabulary? earlier = null)
    {
        _ids = earlier is null ? [] : [.. earlier.Ids];
        _rows = new Dictionary<string, int>(_ids.Count, StringComparer.Ordinal);
        _lookup = _rows.GetAlternateLookup<ReadOnlySpan<char>>();
        foreach (string id in _ids)
        {
            _rows.Add(id, _rows.Count + 1);
        }
    }

    /// <summary>The id's row, a new one when it has none yet; 0 for empty text.</summary>
    public int GetOrAdd(ReadOnlyMemory<char> id)
    {
        if (id.IsEmpty)
        {
            return 0;
        }

        if (!_lookup.TryGetValue(id.Span, out int row))
        {
            string text = id.ToString();
            _ids.Add(text);
            row = _ids.Count;
            _rows.Add(text, row);
        }

        return row;
    }

    public override HistoryReader CreateHistoryReader(DataViewRow row, DataViewSchema.Column column) =>
        ItemReaders.History<ReadOnlyMemory<char>>(row, column, GetOrAdd);

    public override LabelReader CreateItemReader(DataViewRow row, DataViewSchema.Column column) =>
        ItemReaders.Label<ReadOnlyMemory<char>>(row, column, GetOrAdd);

    public override ItemVocabulary Build() => new TextItemVocabulary([.. _ids], _rows);
}
