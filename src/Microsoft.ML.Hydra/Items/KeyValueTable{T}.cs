using System.Globalization;
using System.Numerics;
using Microsoft.ML.Data;

namespace Microsoft.ML.Hydra.Items;

/// <summary>Values of keys of one type.</summary>
internal sealed class KeyValueTable<T> : KeyValueTable where T : notnull
{
    private readonly T[] _values;
    private readonly Lazy<Dictionary<object, int>> _keys;

    /// <param name="type">The column type of a value.</param>
    /// <param name="values">Value of key 1, key 2, and so on.</param>
    public KeyValueTable(PrimitiveDataViewType type, T[] values)
    {
        ItemType = type;
        _values = values;
        _keys = new Lazy<Dictionary<object, int>>(IndexValues);
    }

    public override PrimitiveDataViewType ItemType { get; }

    public override Type IdType => typeof(T) == typeof(ReadOnlyMemory<char>) ? typeof(string) : typeof(T);

    public override object CreateIds() => (object)_values is ReadOnlyMemory<char>[] texts
        ? new KeyValueIds<string>(Array.ConvertAll(texts, text => text.ToString()))
        : new KeyValueIds<T>(_values);

    public override object ValueOf(int key) => Box(_values[key - 1]);

    public override string NameOf(int key) => Convert.ToString(ValueOf(key), CultureInfo.InvariantCulture)!;

    public override int Find(object value) =>
        TryNormalize(value, out object? normalized)
            ? normalized is null ? 0 : _keys.Value.GetValueOrDefault(normalized)
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

    public override void AddTo(DataViewSchema.Annotations.Builder annotations)
    {
        void GetValues(ref VBuffer<T> values)
        {
            VBufferEditor<T> editor = VBufferEditor.Create(ref values, _values.Length);
            _values.CopyTo(editor.Values);
            values = editor.Commit();
        }

        annotations.Add<VBuffer<T>>(AnnotationName, new VectorDataViewType(ItemType, _values.Length), GetValues);
    }

    public override void WriteValues(BinaryWriter writer)
    {
        foreach (T value in _values)
        {
            ItemVocabularyFormat.WriteValue(writer, value);
        }
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

        if (!IntegerTypes.IsInteger(typeof(T)))
        {
            return value is T;
        }

        normalized = IntegerTypes.IsInteger(value.GetType()) ? IntegerTypes.Visit(typeof(T), new IntegerConverter(value)) : value;
        return IntegerTypes.IsInteger(value.GetType());
    }

    private static object Box(T value) => value is ReadOnlyMemory<char> text ? text.ToString() : value;

    private Dictionary<object, int> IndexValues()
    {
        var keys = new Dictionary<object, int>(_values.Length);
        for (int i = 0; i < _values.Length; i++)
        {
            keys.TryAdd(Box(_values[i]), i + 1);
        }

        return keys;
    }

    private sealed class IntegerConverter(object value) : IIntegerTypeVisitor<object?>
    {
        public object? Visit<TInteger>() where TInteger : struct, IBinaryInteger<TInteger>, IMinMaxValue<TInteger> =>
            IntegerTypes.TryConvert(value, out TInteger converted) ? converted : null;
    }
}
