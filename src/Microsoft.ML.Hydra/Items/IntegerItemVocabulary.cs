using System.Globalization;
using System.Numerics;
using Microsoft.ML.Data;

namespace Microsoft.ML.Hydra.Items;

/// <summary>Items named by integers; 0 is a missing item. Columns of any other width are read too: what does not fit is unknown.</summary>
internal sealed class IntegerItemVocabulary<T> : ItemVocabulary, IItemIds<T>
    where T : struct, IBinaryInteger<T>, IMinMaxValue<T>
{
    private readonly T[] _ids;
    private readonly Dictionary<T, int> _rows;

    /// <param name="ids">Id of row 1, row 2, and so on.</param>
    /// <param name="rows">The row of each id; owned by the vocabulary from now on.</param>
    public IntegerItemVocabulary(T[] ids, Dictionary<T, int> rows)
    {
        _ids = ids;
        _rows = rows;
    }

    /// <summary>The ids, row 1 first.</summary>
    public ReadOnlySpan<T> Ids => _ids;

    public override int Count => _ids.Length;

    public override PrimitiveDataViewType ItemType => IntegerTypes.ColumnType(typeof(T));

    protected override Type IdType => typeof(T);

    public override string NameOf(int row) => _ids[row - 1].ToString(null, CultureInfo.InvariantCulture);

    public override object IdOf(int row) => _ids[row - 1];

    /// <summary>The id's row, 0 for 0, <see cref="ItemVocabulary.Unknown"/> for one never seen.</summary>
    public int FindRow(T id) => T.IsZero(id) ? 0 : _rows.TryGetValue(id, out int row) ? row : Unknown;

    T IItemIds<T>.IdOf(int row) => _ids[row - 1];

    public override int Find(object? id)
    {
        if (id is null)
        {
            return 0;
        }

        if (IntegerTypes.IsInteger(id.GetType()))
        {
            return IntegerTypes.TryConvert(id, out T converted) ? Math.Max(FindRow(converted), 0) : 0;
        }

        throw new ArgumentException(
            $"Item {id} is a {id.GetType().Name}, but the model's items are of type {typeof(T).Name}; give integers.");
    }

    public override void CheckColumn(DataViewSchema.Column column)
    {
        if (!IntegerTypes.IsInteger(ItemTypeOf(column)))
        {
            throw new ArgumentException(
                $"Column \"{column.Name}\" is of type {column.Type}, but the model was trained on items of type {typeof(T).Name}; convert the column to an integer type (Conversion.ConvertType) or load it as {typeof(T).Name}.");
        }
    }

    public override HistoryReader CreateHistoryReader(DataViewRow row, DataViewSchema.Column column) =>
        IntegerTypes.Visit(ItemTypeOf(column).RawType, new HistoryReaderFactory(this, row, column));

    public override LabelReader CreateLabelReader(DataViewRow row, DataViewSchema.Column column) =>
        IntegerTypes.Visit(column.Type.RawType, new LabelReaderFactory(this, row, column));

    public override Delegate CreateItemsGetter(ItemRowsSource rows) => (ValueGetter<VBuffer<T>>)((ref VBuffer<T> items) =>
    {
        ReadOnlySpan<int> current = rows();
        VBufferEditor<T> editor = VBufferEditor.Create(ref items, current.Length);
        for (int i = 0; i < current.Length; i++)
        {
            editor.Values[i] = _ids[current[i] - 1];
        }

        items = editor.Commit();
    });

    public override void AddItemIds(DataViewSchema.Annotations.Builder annotations, string name)
    {
        void GetIds(ref VBuffer<T> ids)
        {
            VBufferEditor<T> editor = VBufferEditor.Create(ref ids, Count);
            Ids.CopyTo(editor.Values);
            ids = editor.Commit();
        }

        annotations.Add<VBuffer<T>>(name, new VectorDataViewType(ItemType, Count), GetIds);
    }

    public override int[] MapRowsTo(ItemVocabulary newer)
    {
        if (!IntegerTypes.IsInteger(newer.ItemType))
        {
            throw CannotMapTo(newer);
        }

        var rows = new int[Count + 1];
        for (int row = 1; row <= Count; row++)
        {
            rows[row] = newer is IntegerItemVocabulary<T> same ? Math.Max(same.FindRow(_ids[row - 1]), 0) : newer.Find(_ids[row - 1]);
        }

        return rows;
    }

    public override void WriteContent(BinaryWriter writer)
    {
        writer.Write(PrimitiveTypes.CodeOf(ItemType));
        writer.Write(Count);
        foreach (T id in _ids)
        {
            writer.Write(long.CreateTruncating(id));
        }
    }

    /// <summary>The vocabulary that <see cref="AddItemIds"/> left in an annotation.</summary>
    public static IntegerItemVocabulary<T> FromAnnotation(DataViewSchema.Annotations annotations, string name)
    {
        VBuffer<T> ids = default;
        annotations.GetValue(name, ref ids);
        var builder = new IntegerItemVocabularyBuilder<T>(null);
        foreach (T id in ids.DenseValues())
        {
            builder.GetOrAdd(id);
        }

        return (IntegerItemVocabulary<T>)builder.Build();
    }

    /// <summary>Reads what <see cref="WriteContent"/> wrote after the type code.</summary>
    public static IntegerItemVocabulary<T> ReadContent(BinaryReader reader)
    {
        int count = ItemVocabularyFormat.ReadCount(reader);
        var builder = new IntegerItemVocabularyBuilder<T>(null);
        for (int i = 0; i < count; i++)
        {
            long bits = reader.ReadInt64();
            T id = T.CreateTruncating(bits);
            if (long.CreateTruncating(id) != bits || builder.GetOrAdd(id) != i + 1)
            {
                throw new InvalidDataException(
                    $"The saved vocabulary is corrupted: item {i + 1} is 0, occurs twice, or does not fit {typeof(T).Name}; save the model again.");
            }
        }

        return (IntegerItemVocabulary<T>)builder.Build();
    }

    private int FindRowOf<TColumn>(TColumn id) where TColumn : struct, IBinaryInteger<TColumn> =>
        IntegerTypes.TryConvert(id, out T converted) ? FindRow(converted) : Unknown;

    private sealed class HistoryReaderFactory(IntegerItemVocabulary<T> vocabulary, DataViewRow row, DataViewSchema.Column column)
        : IIntegerTypeVisitor<HistoryReader>
    {
        public HistoryReader Visit<TColumn>() where TColumn : struct, IBinaryInteger<TColumn>, IMinMaxValue<TColumn> =>
            ItemReaders.History<TColumn>(row, column, vocabulary.FindRowOf);
    }

    private sealed class LabelReaderFactory(IntegerItemVocabulary<T> vocabulary, DataViewRow row, DataViewSchema.Column column)
        : IIntegerTypeVisitor<LabelReader>
    {
        public LabelReader Visit<TColumn>() where TColumn : struct, IBinaryInteger<TColumn>, IMinMaxValue<TColumn> =>
            ItemReaders.Label<TColumn>(row, column, vocabulary.FindRowOf);
    }
}
