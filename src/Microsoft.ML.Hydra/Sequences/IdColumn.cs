using System.Runtime.InteropServices;
using Microsoft.ML.Data;

namespace Microsoft.ML.Hydra.Sequences;

/// <summary>
/// Users or items of the events: each event holds a code, the place of its id in the list of distinct ids
/// (0, 1, … in the order of their first event).
/// </summary>
internal abstract class IdColumn : EventColumn
{
    private readonly List<int> _codes = [];

    /// <summary>The code of each event kept.</summary>
    public ReadOnlySpan<int> Codes => CollectionsMarshal.AsSpan(_codes);

    /// <summary>Number of different ids.</summary>
    public abstract int DistinctCount { get; }

    /// <summary>Reads text, integers of any width and keys; a key of 0 and an empty text are missing.</summary>
    /// <param name="cursor">The cursor over the interactions, with the column active.</param>
    /// <param name="column">The column to read; <see cref="Check"/> has accepted it.</param>
    /// <param name="zeroIsMissing">Whether the integer 0 is a missing id too.</param>
    public static IdColumn Create(DataViewRow cursor, DataViewSchema.Column column, bool zeroIsMissing)
    {
        zeroIsMissing |= column.Type is KeyDataViewType;
        Type type = column.Type.RawType;
        return type == typeof(ReadOnlyMemory<char>) ? new TextIdColumn(cursor, column)
            : type == typeof(int) ? new NumberIdColumn<int>(cursor, column, zeroIsMissing)
            : type == typeof(long) ? new NumberIdColumn<long>(cursor, column, zeroIsMissing)
            : type == typeof(uint) ? new NumberIdColumn<uint>(cursor, column, zeroIsMissing)
            : type == typeof(ulong) ? new NumberIdColumn<ulong>(cursor, column, zeroIsMissing)
            : type == typeof(short) ? new NumberIdColumn<short>(cursor, column, zeroIsMissing)
            : type == typeof(ushort) ? new NumberIdColumn<ushort>(cursor, column, zeroIsMissing)
            : type == typeof(sbyte) ? new NumberIdColumn<sbyte>(cursor, column, zeroIsMissing)
            : new NumberIdColumn<byte>(cursor, column, zeroIsMissing);
    }

    /// <summary>Refuses a column whose type cannot be an id.</summary>
    /// <exception cref="ArgumentException">The column is neither text nor an integer type nor a key.</exception>
    public static void Check(DataViewSchema.Column column, string role, string parameterName)
    {
        Type type = column.Type.RawType;
        bool isInteger = type == typeof(sbyte) || type == typeof(byte) || type == typeof(short) || type == typeof(ushort)
            || type == typeof(int) || type == typeof(uint) || type == typeof(long) || type == typeof(ulong);
        if (column.Type is not PrimitiveDataViewType || !(isInteger || column.Type is TextDataViewType))
        {
            throw new ArgumentException(
                $"The {role} column '{column.Name}' has type {column.Type}, but text, an integer type or a key is needed: load it as one, "
                + "or convert it with Transforms.Conversion.ConvertType (to DataKind.Int64) or MapValueToKey.",
                parameterName);
        }
    }

    /// <summary>One row an id, in the order of the codes.</summary>
    public abstract SequenceColumn ToScalarColumn(DataViewSchema.Column source);

    /// <summary>One row a sequence: row <c>s</c> holds the ids of <c>codes[offsets[s] .. offsets[s + 1])</c>.</summary>
    public abstract SequenceColumn ToVectorColumn(string name, DataViewSchema.Column source, int[] codes, int[] offsets);

    /// <summary>The code of the id read last, new when it was not seen before.</summary>
    protected abstract int Encode();

    public sealed override void Keep() => _codes.Add(Encode());
}
