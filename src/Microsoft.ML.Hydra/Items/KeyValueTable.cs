using Microsoft.ML.Data;

namespace Microsoft.ML.Hydra.Items;

/// <summary>The values that keys stand for: text or any other primitive. Immutable and safe for many threads.</summary>
internal abstract class KeyValueTable
{
    /// <summary>Name of the annotation that ML.NET keeps the values of keys in.</summary>
    public const string AnnotationName = "KeyValues";

    /// <summary>Type of one value.</summary>
    public abstract PrimitiveDataViewType ItemType { get; }

    /// <summary>Type of one value outside: text is strings.</summary>
    public abstract Type IdType { get; }

    /// <summary>The values of a column's keys; <see langword="null"/> when it has none, or not one for each key.</summary>
    public static KeyValueTable? FromColumn(DataViewSchema.Column column)
    {
        var keys = (KeyDataViewType)(column.Type is VectorDataViewType vector ? vector.ItemType : column.Type);
        return column.Annotations.Schema.GetColumnOrNull(AnnotationName)?.Type is VectorDataViewType type
            && (ulong)type.Size == keys.Count
            && ItemVocabularyFormat.CodeOf(type.ItemType) is > 0 and byte code
            ? ItemVocabularyFormat.TableOf(code).Read(column.Annotations)
            : null;
    }

    /// <summary>A table of this type with the values of an annotation.</summary>
    public abstract KeyValueTable Read(DataViewSchema.Annotations annotations);

    /// <summary>A table of this type with values that <see cref="WriteValues"/> wrote.</summary>
    public abstract KeyValueTable Read(BinaryReader reader, int count);

    /// <summary>Writes the values one after another, without their type and number.</summary>
    public abstract void WriteValues(BinaryWriter writer);

    /// <summary>Adds the <c>KeyValues</c> annotation.</summary>
    public abstract void AddTo(DataViewSchema.Annotations.Builder annotations);

    /// <summary>The values as an <see cref="IItemIds{TItem}"/> of <see cref="IdType"/>.</summary>
    public abstract object CreateIds();

    /// <summary>The value of a key, boxed; text as a string.</summary>
    public abstract object ValueOf(int key);

    /// <summary>The value as text, invariant culture.</summary>
    public string NameOf(int key) => Convert.ToString(ValueOf(key), CultureInfo.InvariantCulture)!;

    /// <summary>The first key with this value, 0 when there is none.</summary>
    /// <exception cref="ArgumentException">The value is of another type than the keys' values.</exception>
    public abstract int Find(object value);

    /// <summary>Whether both tables hold the same values in the same order.</summary>
    public abstract bool HasSameValues(KeyValueTable other);
}

/// <summary>Values of keys of one type.</summary>
internal sealed class KeyValueTable<T> : KeyValueTable where T : notnull
{
    private readonly T[] _values;
    private readonly Lazy<KeyValueIds<object>> _keys;

    /// <param name="type">The column type of a value.</param>
    /// <param name="values">Value of key 1, key 2, and so on.</param>
    public KeyValueTable(PrimitiveDataViewType type, T[] values)
    {
        ItemType = type;
        _values = values;
        _keys = new Lazy<KeyValueIds<object>>(() => new KeyValueIds<object>(Array.ConvertAll(_values, Box)));
    }

    public override PrimitiveDataViewType ItemType { get; }

    public override Type IdType => typeof(T) == typeof(ReadOnlyMemory<char>) ? typeof(string) : typeof(T);

    public override KeyValueTable Read(DataViewSchema.Annotations annotations) =>
        new KeyValueTable<T>(ItemType, ItemReaders.Annotation<T>(annotations, AnnotationName));

    public override KeyValueTable Read(BinaryReader reader, int count)
    {
        var values = new List<T>();
        for (int i = 0; i < count; i++)
        {
            values.Add(ItemVocabularyFormat.ReadValue<T>(reader, ItemType));
        }

        return new KeyValueTable<T>(ItemType, [.. values]);
    }

    public override void WriteValues(BinaryWriter writer)
    {
        foreach (T value in _values)
        {
            ItemVocabularyFormat.WriteValue(writer, value);
        }
    }

    public override void AddTo(DataViewSchema.Annotations.Builder annotations) => annotations.Add(
        AnnotationName,
        new VectorDataViewType(ItemType, _values.Length),
        ItemReaders.Items(ItemReaders.AllRows(_values.Length), key => _values[key - 1]));

    public override object CreateIds() => (object)_values is ReadOnlyMemory<char>[] texts
        ? new KeyValueIds<string>(Array.ConvertAll(texts, text => text.ToString()))
        : new KeyValueIds<T>(_values);

    public override object ValueOf(int key) => Box(_values[key - 1]);

    public override int Find(object value) =>
        TryNormalize(value, out object? normalized)
            ? normalized is null ? 0 : Math.Max(_keys.Value.FindRow(normalized), 0)
            : throw new ArgumentException(
                $"Item {value} is a {value.GetType().Name}, but the model's items are keys for values of type {ItemType}; give such values.");

    public override bool HasSameValues(KeyValueTable other)
    {
        if (other is not KeyValueTable<T> same || same._values.Length != _values.Length)
        {
            return false;
        }

        for (int i = 0; i < _values.Length; i++)
        {
            bool equal = _values[i] is ReadOnlyMemory<char> text
                ? text.Span.SequenceEqual(((ReadOnlyMemory<char>)(object)same._values[i]).Span)
                : EqualityComparer<T>.Default.Equals(_values[i], same._values[i]);
            if (!equal)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>A value in the form that the index holds; null when it is an integer too large for the keys' values.</summary>
    private static bool TryNormalize(object value, out object? normalized)
    {
        normalized = value;
        if (typeof(T) == typeof(ReadOnlyMemory<char>))
        {
            normalized = value is ReadOnlyMemory<char> text ? text.ToString() : value;
            return normalized is string;
        }

        if (IntegerType.Of(typeof(T)) is not { } integers)
        {
            return value is T;
        }

        normalized = integers.TryRead(value, out long bits) ? integers.Box(bits) : null;
        return IntegerType.Of(value.GetType()) is not null;
    }

    private static object Box(T value) => value is ReadOnlyMemory<char> text ? text.ToString() : value;
}

/// <summary>Keys named by their values. Of equal values the first key counts, as for all lists of ids.</summary>
internal sealed class KeyValueIds<TItem> : IItemIds<TItem>
    where TItem : notnull
{
    private readonly TItem[] _values;
    private readonly Dictionary<TItem, int> _rows;

    /// <param name="values">Value of key 1, key 2, and so on.</param>
    public KeyValueIds(TItem[] values)
    {
        _values = values;
        _rows = new Dictionary<TItem, int>(values.Length);
        for (int i = 0; i < values.Length; i++)
        {
            _rows.TryAdd(values[i], i + 1);
        }
    }

    public int FindRow(TItem id) => id is null ? 0 : _rows.GetValueOrDefault(id, ItemVocabulary.Unknown);

    public TItem IdOf(int row) => _values[row - 1];
}
