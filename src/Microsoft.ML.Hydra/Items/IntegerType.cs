using System.Numerics;
using Microsoft.ML.Data;

namespace Microsoft.ML.Hydra.Items;

/// <summary>Gives the rows of integer ids of any type.</summary>
internal interface IIntegerRows
{
    /// <summary>The id's row; 0 when it is missing, <see cref="ItemVocabulary.Unknown"/> when it is not known.</summary>
    int FindRow<T>(T id) where T : struct, IBinaryInteger<T>;
}

/// <summary>Items whose ids are integers of one type.</summary>
internal interface IIntegerItems : IIntegerRows
{
    /// <summary>The ids in that type.</summary>
    IItemIds<T> CreateIds<T>() where T : struct, IBinaryInteger<T>;
}

/// <summary>
/// One of the eight integer types of ids and keys. Integers of all types are kept as 64 bits: the value as Int64, of a UInt64 its own bits.
/// Bits below 0 are therefore a negative number or, of a UInt64, a number above the largest Int64.
/// </summary>
internal abstract class IntegerType(NumberDataViewType columnType)
{
    // In the order of TypeCode.
    private static readonly IntegerType[] s_types =
    [
        new IntegerType<sbyte>(NumberDataViewType.SByte),
        new IntegerType<byte>(NumberDataViewType.Byte),
        new IntegerType<short>(NumberDataViewType.Int16),
        new IntegerType<ushort>(NumberDataViewType.UInt16),
        new IntegerType<int>(NumberDataViewType.Int32),
        new IntegerType<uint>(NumberDataViewType.UInt32),
        new IntegerType<long>(NumberDataViewType.Int64),
        new IntegerType<ulong>(NumberDataViewType.UInt64),
    ];

    /// <summary>The largest type without a sign.</summary>
    public static IntegerType UInt64 => s_types[^1];

    /// <summary>The column type.</summary>
    public NumberDataViewType ColumnType { get; } = columnType;

    /// <summary>The type's name, for messages.</summary>
    public string Name => ColumnType.RawType.Name;

    /// <summary>Whether bits below 0 are large numbers.</summary>
    public bool IsUInt64 { get; } = columnType.RawType == typeof(ulong);

    /// <summary>The integer type, <see langword="null"/> for any other type.</summary>
    public static IntegerType? Of(Type type)
    {
        int place = Type.GetTypeCode(type) - TypeCode.SByte;
        return (uint)place < (uint)s_types.Length && s_types[place].ColumnType.RawType == type ? s_types[place] : null;
    }

    /// <summary>The integer type of a column's values, <see langword="null"/> for any other type; keys are not integers.</summary>
    public static IntegerType? Of(DataViewType type) => type is NumberDataViewType ? Of(type.RawType) : null;

    /// <summary>The integer type of the numbers of keys.</summary>
    public static IntegerType OfKeys(KeyDataViewType type) => Of(type.RawType)!;

    /// <summary>The bits of a boxed integer of any type; false when it is not an integer, or not one of this type's range.</summary>
    public bool TryRead(object value, out long bits)
    {
        IntegerType? type = Of(value.GetType());
        bits = type?.BitsOf(value) ?? 0;
        return type is not null && Holds(bits) && (bits >= 0 || type.IsUInt64 == IsUInt64);
    }

    /// <summary>The number as text, invariant culture.</summary>
    public string TextOf(long bits) => IsUInt64
        ? ((ulong)bits).ToString(CultureInfo.InvariantCulture)
        : bits.ToString(CultureInfo.InvariantCulture);

    /// <summary>Whether the bits are a number of this type.</summary>
    public abstract bool Holds(long bits);

    /// <summary>The number, boxed in this type.</summary>
    public abstract object Box(long bits);

    /// <summary>A reader of a vector column of this raw type.</summary>
    public abstract HistoryReader CreateHistoryReader(DataViewRow row, DataViewSchema.Column column, IIntegerRows find);

    /// <summary>A reader of a scalar column of this raw type.</summary>
    public abstract LabelReader CreateLabelReader(DataViewRow row, DataViewSchema.Column column, IIntegerRows find);

    /// <summary>A getter of the ids of the rows of the moment, a vector of this type.</summary>
    public abstract Delegate CreateItemsGetter(ItemRowsSource rows, IIntegerItems items);

    /// <summary>An <see cref="IItemIds{TItem}"/> of this type.</summary>
    public abstract object CreateIds(IIntegerItems items);

    /// <summary>The bits of the vector in an annotation of this type.</summary>
    public abstract long[] ReadAnnotation(DataViewSchema.Annotations annotations, string name);

    /// <summary>The bits of a boxed integer of this type.</summary>
    protected abstract long BitsOf(object value);
}

/// <summary>The integer type whose values are <typeparamref name="T"/>.</summary>
internal sealed class IntegerType<T>(NumberDataViewType columnType) : IntegerType(columnType)
    where T : struct, IBinaryInteger<T>
{
    public override bool Holds(long bits) => long.CreateTruncating(T.CreateTruncating(bits)) == bits;

    public override object Box(long bits) => T.CreateTruncating(bits);

    public override HistoryReader CreateHistoryReader(DataViewRow row, DataViewSchema.Column column, IIntegerRows find) =>
        ItemReaders.History<T>(row, column, find.FindRow);

    public override LabelReader CreateLabelReader(DataViewRow row, DataViewSchema.Column column, IIntegerRows find) =>
        ItemReaders.Label<T>(row, column, find.FindRow);

    public override Delegate CreateItemsGetter(ItemRowsSource rows, IIntegerItems items) =>
        ItemReaders.Items(rows, items.CreateIds<T>().IdOf);

    public override object CreateIds(IIntegerItems items) => items.CreateIds<T>();

    public override long[] ReadAnnotation(DataViewSchema.Annotations annotations, string name) =>
        Array.ConvertAll(ItemReaders.Annotation<T>(annotations, name), long.CreateTruncating);

    protected override long BitsOf(object value) => long.CreateTruncating((T)value);
}
