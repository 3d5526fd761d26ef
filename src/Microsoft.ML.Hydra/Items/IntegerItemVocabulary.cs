using System.Numerics;
using Microsoft.ML.Data;

namespace Microsoft.ML.Hydra.Items;

/// <summary>
/// Items named by integers; 0 is a missing item. Columns of any other integer type are read too: a number that does not fit the type of the
/// ids is unknown.
/// </summary>
internal sealed class IntegerItemVocabulary : ItemVocabulary, IIntegerItems
{
    private readonly IntegerType _type;
    private readonly long[] _ids;
    private readonly Dictionary<long, int> _rows;

    /// <param name="type">Type of an id.</param>
    /// <param name="ids">Bits of the id of row 1, row 2, and so on.</param>
    /// <param name="rows">The row of each id; owned by the vocabulary from now on.</param>
    public IntegerItemVocabulary(IntegerType type, long[] ids, Dictionary<long, int> rows)
    {
        (_type, _ids, _rows) = (type, ids, rows);
        TypedIds = type.CreateIds(this);
    }

    /// <summary>Type of an id.</summary>
    public IntegerType IntegerType => _type;

    /// <summary>The bits of the ids, row 1 first.</summary>
    public ReadOnlySpan<long> Ids => _ids;

    public override int Count => _ids.Length;

    public override PrimitiveDataViewType ItemType => _type.ColumnType;

    protected override Type IdType => ItemType.RawType;

    protected override object TypedIds { get; }

    public override string NameOf(int row) => _type.TextOf(_ids[row - 1]);

    public override object IdOf(int row) => _type.Box(_ids[row - 1]);

    public int FindRow<T>(T id) where T : struct, IBinaryInteger<T>
    {
        long bits = long.CreateTruncating(id);
        return bits < 0 && T.IsNegative(id) == _type.IsUInt64 ? Unknown : FindBits(bits);
    }

    public override int Find(object? id) => id is null ? 0
        : IntegerType.Of(id.GetType()) is null ? throw new ArgumentException(
            $"Item {id} is a {id.GetType().Name}, but the model's items are of type {_type.Name}; give integers.")
        : _type.TryRead(id, out long bits) ? Math.Max(FindBits(bits), 0)
        : 0;

    public override void CheckColumn(DataViewSchema.Column column)
    {
        if (IntegerType.Of(ItemTypeOf(column)) is null)
        {
            throw new ArgumentException(
                $"Column \"{column.Name}\" is of type {column.Type}, but the model was trained on items of type {_type.Name}; {ColumnCure.ForIntegers(column.Type, _type.Name)}.");
        }
    }

    public override HistoryReader CreateHistoryReader(DataViewRow row, DataViewSchema.Column column) =>
        IntegerType.Of(ItemTypeOf(column))!.CreateHistoryReader(row, column, this);

    public override LabelReader CreateLabelReader(DataViewRow row, DataViewSchema.Column column) =>
        IntegerType.Of(column.Type)!.CreateLabelReader(row, column, this);

    public override Delegate CreateItemsGetter(ItemRowsSource rows) => _type.CreateItemsGetter(rows, this);

    public override int[] MapRowsTo(ItemVocabulary newer)
    {
        if (newer is not IntegerItemVocabulary other)
        {
            throw CannotMapTo(newer);
        }

        bool sameNumbers = other._type.IsUInt64 == _type.IsUInt64;
        return MapRows(row => _ids[row - 1] >= 0 || sameNumbers ? other.FindBits(_ids[row - 1]) : Unknown);
    }

    public override ItemVocabulary Keep(int first, IReadOnlyList<int> rows)
    {
        var builder = new IntegerItemVocabularyBuilder(_type);
        foreach (int row in Enumerable.Range(1, first).Concat(rows))
        {
            builder.GetOrAdd(_ids[row - 1]);
        }

        return builder.Build();
    }

    public override void WriteContent(BinaryWriter writer)
    {
        writer.Write(ItemVocabularyFormat.CodeOf(ItemType));
        writer.Write(Count);
        foreach (long id in _ids)
        {
            writer.Write(id);
        }
    }

    /// <summary>The vocabulary that <see cref="ItemVocabulary.AddItemIds"/> left in an annotation.</summary>
    public static ItemVocabulary FromAnnotation(DataViewSchema.Annotations annotations, string name, IntegerType type)
    {
        var builder = new IntegerItemVocabularyBuilder(type);
        foreach (long id in type.ReadAnnotation(annotations, name))
        {
            builder.GetOrAdd(id);
        }

        return builder.Build();
    }

    /// <summary>Reads what <see cref="WriteContent"/> wrote after the type code.</summary>
    public static ItemVocabulary ReadContent(BinaryReader reader, IntegerType type)
    {
        int count = ItemVocabularyFormat.ReadCount(reader);
        var builder = new IntegerItemVocabularyBuilder(type);
        for (int i = 0; i < count; i++)
        {
            long id = reader.ReadInt64();
            if (!type.Holds(id) || builder.GetOrAdd(id) != i + 1)
            {
                throw new InvalidDataException(
                    $"The saved vocabulary is corrupted: item {i + 1} is 0, occurs twice, or does not fit {type.Name}; save the model again.");
            }
        }

        return builder.Build();
    }

    IItemIds<T> IIntegerItems.CreateIds<T>() => new ItemIds<T>(this);

    private int FindBits(long bits) => bits == 0 ? 0 : _rows.TryGetValue(bits, out int row) ? row : Unknown;

    private sealed class ItemIds<T>(IntegerItemVocabulary vocabulary) : IItemIds<T> where T : struct, IBinaryInteger<T>
    {
        public int FindRow(T id) => vocabulary.FindBits(long.CreateTruncating(id));

        public T IdOf(int row) => T.CreateTruncating(vocabulary._ids[row - 1]);
    }
}

/// <summary>Gives integer ids rows in order of first appearance.</summary>
internal sealed class IntegerItemVocabularyBuilder : ItemVocabularyBuilder, IIntegerRows
{
    private readonly IntegerType _type;
    private readonly Dictionary<long, int> _rows;
    private readonly List<long> _ids;

    // The column that is read, if its type is not that of the ids.
    private string? _otherColumn;

    /// <param name="type">Type of an id.</param>
    /// <param name="earlier">Ids of that type whose rows are kept, or <see langword="null"/>.</param>
    public IntegerItemVocabularyBuilder(IntegerType type, IntegerItemVocabulary? earlier = null)
    {
        _type = type;
        _ids = earlier is null ? [] : [.. earlier.Ids];
        _rows = new Dictionary<long, int>(_ids.Count);
        foreach (long id in _ids)
        {
            _rows.Add(id, _rows.Count + 1);
        }
    }

    /// <summary>The row of an id of the builder's type, a new one when it has none yet; 0 for 0.</summary>
    public int GetOrAdd(long bits)
    {
        if (bits == 0)
        {
            return 0;
        }

        if (!_rows.TryGetValue(bits, out int row))
        {
            _ids.Add(bits);
            row = _ids.Count;
            _rows.Add(bits, row);
        }

        return row;
    }

    /// <summary>As <see cref="GetOrAdd"/> for an id of the column's type.</summary>
    /// <exception cref="InvalidOperationException">It does not fit the builder's type.</exception>
    public int FindRow<T>(T id) where T : struct, IBinaryInteger<T>
    {
        long bits = long.CreateTruncating(id);
        bool fits = _otherColumn is null || (_type.Holds(bits) && (bits >= 0 || T.IsNegative(id) != _type.IsUInt64));
        return fits ? GetOrAdd(bits) : throw DoesNotFit(id);
    }

    public override HistoryReader CreateHistoryReader(DataViewRow row, DataViewSchema.Column column)
    {
        return TypeOf(column, ((VectorDataViewType)column.Type).ItemType).CreateHistoryReader(row, column, this);
    }

    public override LabelReader CreateItemReader(DataViewRow row, DataViewSchema.Column column) =>
        TypeOf(column, column.Type).CreateLabelReader(row, column, this);

    public override ItemVocabulary Build() => new IntegerItemVocabulary(_type, [.. _ids], _rows);

    private IntegerType TypeOf(DataViewSchema.Column column, DataViewType itemType)
    {
        IntegerType type = IntegerType.Of(itemType)!;
        _otherColumn = type == _type ? null : column.Name;
        return type;
    }

    private InvalidOperationException DoesNotFit<T>(T id) => new(
        $"Item {id} in column \"{_otherColumn}\" does not fit {_type.Name}, the type of the model's items; leave it out, or train a new model with items of a wider type.");
}
