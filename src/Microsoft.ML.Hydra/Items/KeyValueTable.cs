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

    /// <summary>The values as an <see cref="IItemIds{TItem}"/> of <see cref="IdType"/>.</summary>
    public abstract object CreateIds();

    /// <summary>The value of a key, boxed; text as a string.</summary>
    public abstract object ValueOf(int key);

    /// <summary>The value as text, invariant culture.</summary>
    public abstract string NameOf(int key);

    /// <summary>The first key with this value, 0 when there is none.</summary>
    /// <exception cref="ArgumentException">The value is of another type than the keys' values.</exception>
    public abstract int Find(object value);

    /// <summary>Whether both tables hold the same values in the same order.</summary>
    public abstract bool HasSameValues(KeyValueTable other);

    /// <summary>Adds the <c>KeyValues</c> annotation.</summary>
    public abstract void AddTo(DataViewSchema.Annotations.Builder annotations);

    /// <summary>Writes the values one after another, without their type and number.</summary>
    public abstract void WriteValues(BinaryWriter writer);

    /// <summary>The values of a column's keys; <see langword="null"/> when it has none, or not one for each key.</summary>
    public static KeyValueTable? FromColumn(DataViewSchema.Column column)
    {
        var keys = (KeyDataViewType)(column.Type is VectorDataViewType vector ? vector.ItemType : column.Type);
        return column.Annotations.Schema.GetColumnOrNull(AnnotationName)?.Type is VectorDataViewType type
            && (ulong)type.Size == keys.Count
            && PrimitiveTypes.IsKnown(type.ItemType)
            ? PrimitiveTypes.Visit(type.ItemType, new AnnotationReader(column.Annotations))
            : null;
    }

    /// <summary>Reads what <see cref="WriteValues"/> wrote.</summary>
    public static KeyValueTable ReadValues(BinaryReader reader, PrimitiveDataViewType type, int count) =>
        PrimitiveTypes.Visit(type, new StreamReader(reader, count));

    private sealed class AnnotationReader(DataViewSchema.Annotations annotations) : IPrimitiveTypeVisitor<KeyValueTable>
    {
        public KeyValueTable Visit<T>(PrimitiveDataViewType type) where T : notnull
        {
            VBuffer<T> values = default;
            annotations.GetValue(AnnotationName, ref values);
            var dense = new T[values.Length];
            values.CopyTo(dense);
            return new KeyValueTable<T>(type, dense);
        }
    }

    private sealed class StreamReader(BinaryReader reader, int count) : IPrimitiveTypeVisitor<KeyValueTable>
    {
        public KeyValueTable Visit<T>(PrimitiveDataViewType type) where T : notnull
        {
            var values = new List<T>();
            for (int i = 0; i < count; i++)
            {
                values.Add((T)ItemVocabularyFormat.ReadValue(reader, type));
            }

            return new KeyValueTable<T>(type, [.. values]);
        }
    }
}
