using Microsoft.ML.Data;

namespace Microsoft.ML.Hydra.Items;

/// <summary>ML.NET's primitive column types other than keys, each with the code it has in saved models.</summary>
internal static class PrimitiveTypes
{
    // The position is the code; only ever append.
    private static readonly PrimitiveDataViewType[] s_types =
    [
        TextDataViewType.Instance,
        NumberDataViewType.SByte,
        NumberDataViewType.Byte,
        NumberDataViewType.Int16,
        NumberDataViewType.UInt16,
        NumberDataViewType.Int32,
        NumberDataViewType.UInt32,
        NumberDataViewType.Int64,
        NumberDataViewType.UInt64,
        NumberDataViewType.Single,
        NumberDataViewType.Double,
        BooleanDataViewType.Instance,
        DateTimeDataViewType.Instance,
        DateTimeOffsetDataViewType.Instance,
        TimeSpanDataViewType.Instance,
        RowIdDataViewType.Instance,
    ];

    /// <summary>Whether the type is one of these; keys are not.</summary>
    public static bool IsKnown(DataViewType type) => Array.IndexOf(s_types, type) >= 0;

    /// <summary>The type's code, from 1; 0 stands for no type.</summary>
    public static byte CodeOf(PrimitiveDataViewType type) => (byte)(Array.IndexOf(s_types, type) + 1);

    /// <summary>The type of a code read from a model.</summary>
    public static PrimitiveDataViewType FromCode(byte code) => code >= 1 && code <= s_types.Length
        ? s_types[code - 1]
        : throw new InvalidDataException($"The saved vocabulary is corrupted: there is no column type {code}; save the model again.");

    public static TResult Visit<TResult>(PrimitiveDataViewType type, IPrimitiveTypeVisitor<TResult> visitor) => CodeOf(type) switch
    {
        1 => visitor.Visit<ReadOnlyMemory<char>>(type),
        2 => visitor.Visit<sbyte>(type),
        3 => visitor.Visit<byte>(type),
        4 => visitor.Visit<short>(type),
        5 => visitor.Visit<ushort>(type),
        6 => visitor.Visit<int>(type),
        7 => visitor.Visit<uint>(type),
        8 => visitor.Visit<long>(type),
        9 => visitor.Visit<ulong>(type),
        10 => visitor.Visit<float>(type),
        11 => visitor.Visit<double>(type),
        12 => visitor.Visit<bool>(type),
        13 => visitor.Visit<DateTime>(type),
        14 => visitor.Visit<DateTimeOffset>(type),
        15 => visitor.Visit<TimeSpan>(type),
        16 => visitor.Visit<DataViewRowId>(type),
        _ => throw new ArgumentException($"{type} is not a primitive column type.", nameof(type)),
    };
}
