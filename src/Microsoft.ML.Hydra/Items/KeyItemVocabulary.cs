using System.Numerics;
using Microsoft.ML.Data;

namespace Microsoft.ML.Hydra.Items;

/// <summary>Items named by keys: the raw key is the row, 0 is a missing item. Keeps the keys' values when the column has them.</summary>
internal sealed class KeyItemVocabulary : ItemVocabulary, IIntegerItems
{
    private readonly KeyDataViewType _type;
    private readonly KeyValueTable? _values;
    private readonly Lazy<object> _ids;

    /// <param name="type">The key type; its count is the catalogue's size.</param>
    /// <param name="values">One value for each key, or <see langword="null"/>.</param>
    public KeyItemVocabulary(KeyDataViewType type, KeyValueTable? values)
    {
        if (type.Count >= (ulong)Array.MaxLength)
        {
            throw new ArgumentException(
                $"The key type of the items has {type.Count} values, more than the {Array.MaxLength - 1} that a model can hold; use MapValueToKey rather than Hash.");
        }

        _type = type;
        _values = values;
        _ids = new Lazy<object>(() => values?.CreateIds() ?? IntegerType.OfKeys(type).CreateIds(this));
    }

    public override int Count => (int)_type.Count;

    public override PrimitiveDataViewType ItemType => _type;

    protected override Type IdType => _values?.IdType ?? _type.RawType;

    protected override object TypedIds => _ids.Value;

    /// <summary>The vocabulary of a scalar or vector column of keys, with its <c>KeyValues</c> if it has them.</summary>
    public static KeyItemVocabulary FromColumn(DataViewSchema.Column column) =>
        new((KeyDataViewType)ItemTypeOf(column), KeyValueTable.FromColumn(column));

    public override string NameOf(int row) => _values?.NameOf(row) ?? row.ToString(CultureInfo.InvariantCulture);

    public override object IdOf(int row) => _values?.ValueOf(row) ?? row;

    public int FindRow<TKey>(TKey id) where TKey : struct, IBinaryInteger<TKey>
    {
        ulong row = ulong.CreateTruncating(id);
        return row <= _type.Count ? (int)row : Unknown;
    }

    public override int Find(object? id) => id is null ? 0
        : _values is not null ? _values.Find(id)
        : IntegerType.Of(id.GetType()) is null ? throw new ArgumentException(
            $"Item {id} is a {id.GetType().Name}, but the model's items are keys without values; give key numbers from 1 to {Count}.")
        : IntegerType.UInt64.TryRead(id, out long key) ? Math.Max(FindRow(key), 0)
        : 0;

    public override void CheckColumn(DataViewSchema.Column column)
    {
        if (ItemTypeOf(column) is not KeyDataViewType keys)
        {
            throw new ArgumentException(
                $"Column \"{column.Name}\" is of type {column.Type}, but the model was trained on keys; apply the MapValueToKey that was fitted together with the trainer.");
        }

        if (keys.Count != _type.Count)
        {
            throw new ArgumentException(
                $"Column \"{column.Name}\" has keys over {keys.Count} values, but the model was trained on keys over {_type.Count}; fit MapValueToKey together with the trainer, in one pipeline, and apply that.");
        }

        if (_values is not null && KeyValueTable.FromColumn(column) is { } found && !_values.HasSameValues(found))
        {
            throw new ArgumentException(
                $"Column \"{column.Name}\" has keys for other values than those that the model was trained on; fit MapValueToKey together with the trainer, in one pipeline, and apply that.");
        }
    }

    public override HistoryReader CreateHistoryReader(DataViewRow row, DataViewSchema.Column column) =>
        IntegerType.OfKeys((KeyDataViewType)ItemTypeOf(column)).CreateHistoryReader(row, column, this);

    public override LabelReader CreateLabelReader(DataViewRow row, DataViewSchema.Column column) =>
        IntegerType.OfKeys((KeyDataViewType)column.Type).CreateLabelReader(row, column, this);

    public override Delegate CreateItemsGetter(ItemRowsSource rows) => IntegerType.OfKeys(_type).CreateItemsGetter(rows, this);

    public override void AddKeyValues(DataViewSchema.Annotations.Builder annotations) => _values?.AddTo(annotations);

    public override void AddItemIds(DataViewSchema.Annotations.Builder annotations, string name)
    {
    }

    public override int[] MapRowsTo(ItemVocabulary newer)
    {
        if (newer is not KeyItemVocabulary keys)
        {
            throw CannotMapTo(newer);
        }

        if (_values is null || keys._values is not { } newValues)
        {
            return MapRows(row => row <= keys.Count ? row : 0);
        }

        return _values.ItemType.Equals(newValues.ItemType)
            ? MapRows(row => newValues.Find(_values.ValueOf(row)))
            : throw new InvalidOperationException(
                $"The earlier model's keys have values of type {_values.ItemType}, the data's now have {newValues.ItemType}; a warm start needs values of the same type.");
    }

    public override void WriteContent(BinaryWriter writer)
    {
        writer.Write(ItemVocabularyFormat.CodeOf(IntegerType.OfKeys(_type).ColumnType));
        writer.Write(Count);
        writer.Write(_values is null ? (byte)0 : ItemVocabularyFormat.CodeOf(_values.ItemType));
        _values?.WriteValues(writer);
    }

    /// <summary>Reads what <see cref="WriteContent"/> wrote after the type code.</summary>
    public static KeyItemVocabulary ReadContent(BinaryReader reader, Type rawType)
    {
        int count = ItemVocabularyFormat.ReadCount(reader);
        int largest = rawType == typeof(byte) ? byte.MaxValue : rawType == typeof(ushort) ? ushort.MaxValue : int.MaxValue;
        if (!KeyDataViewType.IsValidDataType(rawType) || count > largest || count == Array.MaxLength)
        {
            throw new InvalidDataException($"The saved vocabulary is corrupted: there is no key type {rawType.Name} over {count} values; save the model again.");
        }

        byte code = reader.ReadByte();
        KeyValueTable? values = code == 0 ? null : ItemVocabularyFormat.TableOf(code).Read(reader, count);
        return new KeyItemVocabulary(new KeyDataViewType(rawType, count), values);
    }

    IItemIds<TKey> IIntegerItems.CreateIds<TKey>() => new KeyNumbers<TKey>(this);

    private sealed class KeyNumbers<TKey>(KeyItemVocabulary vocabulary) : IItemIds<TKey> where TKey : struct, IBinaryInteger<TKey>
    {
        public int FindRow(TKey id) => vocabulary.FindRow(id);

        public TKey IdOf(int row) => TKey.CreateTruncating(row);
    }
}

/// <summary>Keys bring their rows with them: there is nothing to build.</summary>
internal sealed class KeyItemVocabularyBuilder(KeyItemVocabulary vocabulary) : ItemVocabularyBuilder
{
    public override HistoryReader CreateHistoryReader(DataViewRow row, DataViewSchema.Column column) =>
        vocabulary.CreateHistoryReader(row, column);

    public override LabelReader CreateItemReader(DataViewRow row, DataViewSchema.Column column) =>
        vocabulary.CreateLabelReader(row, column);

    public override ItemVocabulary Build() => vocabulary;
}
