using System.Numerics;
using Microsoft.ML.Data;

namespace Microsoft.ML.Hydra.Items;

/// <summary>The domain of the current row as text, invariant culture; null where it is missing (empty text, a missing key).</summary>
internal delegate string? DomainReader();

/// <summary>A column that says which domain a row belongs to: one text, integer or key. Two columns name the same domain where their texts are the same.</summary>
internal static class DomainColumn
{
    /// <summary>The column of that name, checked to hold one domain.</summary>
    /// <param name="schema">The schema to look in.</param>
    /// <param name="name">The column's name.</param>
    /// <param name="place">What has the schema, for the message: "the sequences".</param>
    /// <exception cref="ArgumentException">There is no such column, or it is of another type.</exception>
    public static DataViewSchema.Column Find(DataViewSchema schema, string name, string place)
    {
        DataViewSchema.Column column = schema.GetColumnOrNull(name) ?? throw Missing(name, place, schema.Where(c => !c.IsHidden).Select(c => c.Name));
        return SequenceReader.IsItemType(column.Type) ? column : throw Mistyped(name, place, column.Type.ToString()!);
    }

    /// <summary>The error for a missing column.</summary>
    public static ArgumentException Missing(string name, string place, IEnumerable<string> columns) => new(
        $"There is no column \"{name}\" with the domain in {place}; the columns are {string.Join(", ", columns)}. Add it, or name another with DomainColumnName.");

    /// <summary>The error for a column of another type.</summary>
    public static ArgumentException Mistyped(string name, string place, string type) => new(
        $"Column \"{name}\" in {place} is of type {type}, but a domain is one text, integer or key for each row; convert it with Transforms.Conversion.ConvertType (DataKind.String), or name another column with DomainColumnName.");

    /// <summary>A reader of a column that <see cref="Find"/> accepted.</summary>
    /// <param name="row">The row whose current value is read.</param>
    /// <param name="column">The column, active in the row.</param>
    public static DomainReader CreateReader(DataViewRow row, DataViewSchema.Column column)
    {
        if (column.Type is TextDataViewType)
        {
            ValueGetter<ReadOnlyMemory<char>> getter = row.GetGetter<ReadOnlyMemory<char>>(column);
            ReadOnlyMemory<char> text = default;
            string last = string.Empty;
            return () =>
            {
                getter(ref text);
                last = text.Span.SequenceEqual(last) ? last : text.ToString();    // rows of one domain often follow each other
                return last.Length == 0 ? null : last;
            };
        }

        Type raw = column.Type.RawType;
        return raw == typeof(sbyte) ? Integers<sbyte>(row, column) : raw == typeof(byte) ? Integers<byte>(row, column)
            : raw == typeof(short) ? Integers<short>(row, column) : raw == typeof(ushort) ? Integers<ushort>(row, column)
            : raw == typeof(int) ? Integers<int>(row, column) : raw == typeof(uint) ? Integers<uint>(row, column)
            : raw == typeof(long) ? Integers<long>(row, column) : Integers<ulong>(row, column);
    }

    private static DomainReader Integers<T>(DataViewRow row, DataViewSchema.Column column)
        where T : struct, IBinaryInteger<T>
    {
        ValueGetter<T> getter = row.GetGetter<T>(column);
        KeyDataViewType? keys = column.Type as KeyDataViewType;
        KeyValueTable? values = keys is null ? null : KeyValueTable.FromColumn(column);
        T number = default;
        return () =>
        {
            getter(ref number);
            if (keys is null)
            {
                return number.ToString(null, CultureInfo.InvariantCulture);
            }

            ulong key = ulong.CreateTruncating(number);
            return key == 0 || key > keys.Count ? null
                : values is null ? key.ToString(CultureInfo.InvariantCulture)
                : values.NameOf((int)key) is { Length: > 0 } name ? name : null;
        };
    }
}
