using Microsoft.ML.Data;
using Microsoft.ML.Hydra.Sequences;

namespace Microsoft.ML.Hydra.Items;

/// <summary>
/// What the timestamps of a column are: integers (kept as Int64), floating numbers (kept as Double) or DateTime. Every
/// timestamp has a key, an Int64 that orders as the timestamps do, so that whoever compares times compares integers.
/// </summary>
internal abstract class TimestampType
{
    /// <summary>The type of the timestamps of a column, which may be a vector; <see langword="null"/> when it holds none.</summary>
    /// <remarks>Column names appear in the errors of the conversions.</remarks>
    public static TimestampType? Of(DataViewSchema.Column column) =>
        Find(column.Type is VectorDataViewType vector ? vector.ItemType : column.Type, column.Name);

    /// <summary>Whether values of a type can be timestamps.</summary>
    public static bool IsTime(DataViewType type) => Find(type, "") is not null;

    /// <summary>As <see cref="Of"/>, with a clear refusal.</summary>
    /// <exception cref="ArgumentException">The column holds no timestamps.</exception>
    public static TimestampType Require(DataViewSchema.Column column, string parameterName) =>
        Of(column) ?? throw new ArgumentException(
            $"The timestamp column '{column.Name}' has type {column.Type}, but an integer, floating or DateTime type is needed: "
            + "load it as one (a long or DateTime property with LoadColumn, DataKind.Int64 or DataKind.DateTime in a TextLoader column), "
            + "or convert it with Transforms.Conversion.ConvertType.",
            parameterName);

    /// <summary>Reads the scalar timestamps of interactions.</summary>
    public abstract TimeColumn CreateColumn(DataViewRow cursor, DataViewSchema.Column column);

    /// <summary>Reads the timestamps of a sequence as keys.</summary>
    /// <param name="timestamps">The vector reader of the column this type was made for.</param>
    public abstract TimeKeys CreateKeys(SequenceVector timestamps);

    /// <summary>Reads the timestamps of a sequence as numbers.</summary>
    /// <param name="row">A row with the column active.</param>
    /// <param name="column">The vector column this type was made for.</param>
    public abstract EventTimesReader CreateReader(DataViewRow row, DataViewSchema.Column column);

    /// <summary>The key of the first timestamp that is not before the boundary.</summary>
    public abstract long KeyOfBoundary(DateTime boundary);

    private static TimestampType? Find(DataViewType type, string columnName)
    {
        Type raw = type.RawType;
        return type is KeyDataViewType or not PrimitiveDataViewType ? null
            : raw == typeof(long) ? new ConvertedTimestampType<long, long>(TimeScales.UnixInteger, value => value)
            : raw == typeof(int) ? new ConvertedTimestampType<int, long>(TimeScales.UnixInteger, value => value)
            : raw == typeof(uint) ? new ConvertedTimestampType<uint, long>(TimeScales.UnixInteger, value => value)
            : raw == typeof(ulong) ? new ConvertedTimestampType<ulong, long>(TimeScales.UnixInteger, value => ToInt64(value, columnName))
            : raw == typeof(short) ? new ConvertedTimestampType<short, long>(TimeScales.UnixInteger, value => value)
            : raw == typeof(ushort) ? new ConvertedTimestampType<ushort, long>(TimeScales.UnixInteger, value => value)
            : raw == typeof(sbyte) ? new ConvertedTimestampType<sbyte, long>(TimeScales.UnixInteger, value => value)
            : raw == typeof(byte) ? new ConvertedTimestampType<byte, long>(TimeScales.UnixInteger, value => value)
            : raw == typeof(double) ? new ConvertedTimestampType<double, double>(TimeScales.UnixFloating, value => value)
            : raw == typeof(float) ? new ConvertedTimestampType<float, double>(TimeScales.UnixFloating, value => value)
            : raw == typeof(DateTime) ? new ConvertedTimestampType<DateTime, DateTime>(TimeScales.Calendar, value => value)
            : raw == typeof(DateTimeOffset) ? new ConvertedTimestampType<DateTimeOffset, DateTime>(TimeScales.Calendar, value => value.UtcDateTime)
            : null;
    }

    private static long ToInt64(ulong value, string columnName) =>
        value <= long.MaxValue ? (long)value : throw new InvalidOperationException(
            $"The timestamp column '{columnName}' holds {value}, but times up to {long.MaxValue} (Int64) are wanted: use a coarser unit, such as seconds.");
}
