using System.Numerics;
using Microsoft.ML.Data;

namespace Microsoft.ML.Hydra.Items;

/// <summary>The integer types that item ids and keys come in.</summary>
internal static class IntegerTypes
{
    /// <summary>Whether a column of this type holds integers; keys are not integers.</summary>
    public static bool IsInteger(DataViewType type) => type is NumberDataViewType && IsInteger(type.RawType);

    public static bool IsInteger(Type type) =>
        type == typeof(int) || type == typeof(long) || type == typeof(uint) || type == typeof(ulong) ||
        type == typeof(short) || type == typeof(ushort) || type == typeof(sbyte) || type == typeof(byte);

    public static TResult Visit<TResult>(Type type, IIntegerTypeVisitor<TResult> visitor) => Type.GetTypeCode(type) switch
    {
        TypeCode.SByte => visitor.Visit<sbyte>(),
        TypeCode.Byte => visitor.Visit<byte>(),
        TypeCode.Int16 => visitor.Visit<short>(),
        TypeCode.UInt16 => visitor.Visit<ushort>(),
        TypeCode.Int32 => visitor.Visit<int>(),
        TypeCode.UInt32 => visitor.Visit<uint>(),
        TypeCode.Int64 => visitor.Visit<long>(),
        TypeCode.UInt64 => visitor.Visit<ulong>(),
        _ => throw new ArgumentException($"{type} is not an integer type; wanted one of SByte, Byte, Int16, UInt16, Int32, UInt32, Int64, UInt64.", nameof(type)),
    };

    /// <summary>The column type of integers of one width.</summary>
    public static NumberDataViewType ColumnType(Type type) => Type.GetTypeCode(type) switch
    {
        TypeCode.SByte => NumberDataViewType.SByte,
        TypeCode.Byte => NumberDataViewType.Byte,
        TypeCode.Int16 => NumberDataViewType.Int16,
        TypeCode.UInt16 => NumberDataViewType.UInt16,
        TypeCode.Int32 => NumberDataViewType.Int32,
        TypeCode.UInt32 => NumberDataViewType.UInt32,
        TypeCode.Int64 => NumberDataViewType.Int64,
        TypeCode.UInt64 => NumberDataViewType.UInt64,
        _ => throw new ArgumentException($"{type} is not an integer type; wanted one of SByte, Byte, Int16, UInt16, Int32, UInt32, Int64, UInt64.", nameof(type)),
    };

    /// <summary>Converts between widths; false when the value does not fit.</summary>
    public static bool TryConvert<TFrom, TTo>(TFrom value, out TTo result)
        where TFrom : struct, IBinaryInteger<TFrom>
        where TTo : struct, IBinaryInteger<TTo>
    {
        result = TTo.CreateTruncating(value);
        return TFrom.IsNegative(value) == TTo.IsNegative(result) && TFrom.CreateTruncating(result) == value;
    }

    /// <summary>Converts a boxed integer of any width; false when it is no integer or does not fit.</summary>
    public static bool TryConvert<TTo>(object value, out TTo result) where TTo : struct, IBinaryInteger<TTo>
    {
        result = default;
        return value switch
        {
            int v => TryConvert(v, out result),
            long v => TryConvert(v, out result),
            uint v => TryConvert(v, out result),
            ulong v => TryConvert(v, out result),
            short v => TryConvert(v, out result),
            ushort v => TryConvert(v, out result),
            sbyte v => TryConvert(v, out result),
            byte v => TryConvert(v, out result),
            _ => false,
        };
    }
}
