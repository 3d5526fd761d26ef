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
                $"Column \"{column.Name}\" is of type {column.Type}, but the model was trained on text items; convert the column to text (Conversion.ConvertType) or load it as text.");
        }
    }

    public override HistoryReader CreateHistoryReader(DataViewRow row, DataViewSchema.Column column) =>
        ItemReaders.History<ReadOnlyMemory<char>>(row, column, FindRow);

    public override LabelReader CreateLabelReader(DataViewRow row, DataViewSchema.Column column) =>
        ItemReaders.Label<ReadOnlyMemory<char>>(row, column, FindRow);

    public override Delegate CreateItemsGetter(ItemRowsSource rows) => (ValueGetter<VBuffer<ReadOnlyMemory<char>>>)(
        (ref VBuffer<ReadOnlyMemory<char>> items) =>
        {
            ReadOnlySpan<int> current = rows();
            VBufferEditor<ReadOnlyMemory<char>> editor = VBufferEditor.Create(ref items, current.Length);
            for (int i = 0; i < current.Length; i++)
            {
                editor.Values[i] = _ids[current[i] - 1].AsMemory();
            }

            items = editor.Commit();
        });

    public override void AddItemIds(DataViewSchema.Annotations.Builder annotations, string name)
    {
        void GetIds(ref VBuffer<ReadOnlyMemory<char>> ids)
        {
            VBufferEditor<ReadOnlyMemory<char>> editor = VBufferEditor.Create(ref ids, Count);
            for (int i = 0; i < Count; i++)
            {
                editor.Values[i] = _ids[i].AsMemory();
            }

            ids = editor.Commit();
        }

        annotations.Add<VBuffer<ReadOnlyMemory<char>>>(name, new VectorDataViewType(ItemType, Count), GetIds);
    }

    public override int[] MapRowsTo(ItemVocabulary newer)
    {
        if (newer is not TextItemVocabulary text)
        {
            throw CannotMapTo(newer);
        }

        var rows = new int[Count + 1];
        for (int row = 1; row <= Count; row++)
        {
            rows[row] = Math.Max(text.FindRow(_ids[row - 1].AsMemory()), 0);
        }

        return rows;
    }

    public override void WriteContent(BinaryWriter writer)
    {
        writer.Write(Count);
        foreach (string id in _ids)
        {
            ItemVocabularyFormat.WriteText(writer, id);
        }
    }

    /// <summary>The vocabulary that <see cref="AddItemIds"/> left in an annotation.</summary>
    public static TextItemVocabulary FromAnnotation(DataViewSchema.Annotations annotations, string name)
    {
        VBuffer<ReadOnlyMemory<char>> ids = default;
        annotations.GetValue(name, ref ids);
        var builder = new TextItemVocabularyBuilder(null);
        foreach (ReadOnlyMemory<char> id in ids.DenseValues())
        {
            builder.GetOrAdd(id);
        }

        return (TextItemVocabulary)builder.Build();
    }

    /// <summary>Reads what <see cref="WriteContent"/> wrote.</summary>
    public static TextItemVocabulary ReadContent(BinaryReader reader)
    {
        int count = ItemVocabularyFormat.ReadCount(reader);
        var builder = new TextItemVocabularyBuilder(null);
        for (int i = 0; i < count; i++)
        {
            if (builder.GetOrAdd(ItemVocabularyFormat.ReadText(reader).AsMemory()) != i + 1)
            {
                throw new InvalidDataException($"The saved vocabulary is corrupted: item {i + 1} is empty or occurs twice; save the model again.");
            }
        }

        return (TextItemVocabulary)builder.Build();
    }
}
