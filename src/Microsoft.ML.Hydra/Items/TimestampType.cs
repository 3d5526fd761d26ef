using Microsoft.ML.Data;

namespace Microsoft.ML.Hydra.Items;

/// <summary>The times of the current row's events as seconds or whatever unit they are in, NaN where one is missing; valid until the next call.</summary>
internal delegate ReadOnlyMemory<double> EventTimesReader();

/// <summary>Generic code to run for one type of timestamps.</summary>
internal interface ITimestampTypeVisitor<out TResult>
{
    TResult Visit<TRaw, TTime>(TimestampType<TRaw, TTime> type) where TTime : struct, IComparable<TTime>;
}

/// <summary>
/// What the timestamps of a column are: integers (kept as Int64), floating numbers (kept as Double) or DateTime. Every
/// timestamp has a key, an Int64 that orders as the timestamps do, so that times are compared as integers.
/// </summary>
internal abstract class TimestampType
{
    // 2^24
    private const int LargestExactSingle = 1 << 24;

    /// <summary>The type of the timestamps of a column, which may be a vector; <see langword="null"/> when it holds none.</summary>
    /// <remarks>Column names appear in the errors of the conversions.</remarks>
    public static TimestampType? Of(DataViewSchema.Column column) =>
        Find(column.Type is VectorDataViewType vector ? vector.ItemType : column.Type, column.Name);

    /// <summary>Whether values of a type can be timestamps.</summary>
    public static bool IsTime(DataViewType type) => Find(type, "") is not null;

    /// <summary>As <see cref="Of"/>, but refuses a column without timestamps.</summary>
    /// <exception cref="ArgumentException">The column holds no timestamps.</exception>
    public static TimestampType Require(DataViewSchema.Column column, string parameterName) =>
        Of(column) ?? throw new ArgumentException(
            $"The timestamp column '{column.Name}' has type {column.Type}, but an integer, floating or DateTime type is needed: {ColumnCure.ForTimes(column.Type)}.",
            parameterName);

    /// <summary>Runs generic code for this type.</summary>
    public abstract TResult Accept<TResult>(ITimestampTypeVisitor<TResult> visitor);

    /// <summary>Reads the timestamps of a sequence as numbers.</summary>
    /// <param name="row">A row with the column active.</param>
    /// <param name="column">The vector column this type was made for.</param>
    public abstract EventTimesReader CreateReader(DataViewRow row, DataViewSchema.Column column);

    /// <summary>The key of the first timestamp that is not before the boundary.</summary>
    public abstract long KeyOfBoundary(DateTime boundary);

    /// <summary>The time of a key: Int64, Double or DateTime.</summary>
    public abstract object TimeOf(long key);

    private static TimestampType? Find(DataViewType type, string columnName)
    {
        Type raw = type.RawType;
        return type is KeyDataViewType or not PrimitiveDataViewType ? null
            : raw == typeof(long) ? new TimestampType<long, long>(TimeScales.UnixInteger, value => value)
            : raw == typeof(int) ? new TimestampType<int, long>(TimeScales.UnixInteger, value => value)
            : raw == typeof(uint) ? new TimestampType<uint, long>(TimeScales.UnixInteger, value => value)
            : raw == typeof(ulong) ? new TimestampType<ulong, long>(TimeScales.UnixInteger, value => ToInt64(value, columnName))
            : raw == typeof(short) ? new TimestampType<short, long>(TimeScales.UnixInteger, value => value)
            : raw == typeof(ushort) ? new TimestampType<ushort, long>(TimeScales.UnixInteger, value => value)
            : raw == typeof(sbyte) ? new TimestampType<sbyte, long>(TimeScales.UnixInteger, value => value)
            : raw == typeof(byte) ? new TimestampType<byte, long>(TimeScales.UnixInteger, value => value)
            : raw == typeof(double) ? new TimestampType<double, double>(TimeScales.UnixFloating, value => value)
            : raw == typeof(float) ? new TimestampType<float, double>(TimeScales.UnixFloating, value => CheckExact(value, columnName))
            : raw == typeof(DateTime) ? new TimestampType<DateTime, DateTime>(TimeScales.Calendar, value => value)
            : raw == typeof(DateTimeOffset) ? new TimestampType<DateTimeOffset, DateTime>(TimeScales.Calendar, value => value.UtcDateTime)
            : null;
    }

    /// <summary>Refuses a Single beyond the whole numbers that it holds exactly: such times are rounded, and their order is lost.</summary>
    private static double CheckExact(float value, string columnName) =>
        Math.Abs(value) <= LargestExactSingle || !float.IsFinite(value) ? value : throw new InvalidOperationException(string.Create(
            CultureInfo.InvariantCulture,
            $"The timestamp column '{columnName}' is of type Single and holds {(double)value:R}, but a Single holds whole numbers exactly only up to {LargestExactSingle}, so the times are rounded and their order is lost: load the column as Int64 or Double, with DataKind.Int64 in a TextLoader column, a long property with LoadColumn, or typeof(long) in the dataTypes of DataFrame.LoadCsv; a conversion after loading does not bring the digits back."));

    private static long ToInt64(ulong value, string columnName) =>
        value <= long.MaxValue ? (long)value : throw new InvalidOperationException(
            $"The timestamp column '{columnName}' holds {value}, but times up to {long.MaxValue} (Int64) are expected: use a coarser unit, such as seconds.");
}

/// <summary>Timestamps that come as <typeparamref name="TRaw"/> and are kept as <typeparamref name="TTime"/>.</summary>
internal sealed class TimestampType<TRaw, TTime>(TimeScale<TTime> scale, Func<TRaw, TTime> convert) : TimestampType
    where TTime : struct, IComparable<TTime>
{
    /// <summary>How times are kept.</summary>
    public TimeScale<TTime> Scale { get; } = scale;

    /// <summary>The time of a raw value.</summary>
    public Func<TRaw, TTime> Convert { get; } = convert;

    public override TResult Accept<TResult>(ITimestampTypeVisitor<TResult> visitor) => visitor.Visit(this);

    public override EventTimesReader CreateReader(DataViewRow row, DataViewSchema.Column column)
    {
        ValueGetter<VBuffer<TRaw>> getter = row.GetGetter<VBuffer<TRaw>>(column);
        VBuffer<TRaw> loaded = default;
        double[] times = [];
        return () =>
        {
            getter(ref loaded);
            if (times.Length < loaded.Length)
            {
                times = new double[Math.Max(loaded.Length, (int)Math.Min(2L * times.Length, Array.MaxLength))];
            }

            int next = 0;
            foreach (TRaw time in loaded.DenseValues())
            {
                times[next++] = Scale.SecondsOf(Convert(time));
            }

            return times.AsMemory(0, next);
        };
    }

    public override long KeyOfBoundary(DateTime boundary) => Scale.KeyOfBoundary(boundary);

    public override object TimeOf(long key) => Scale.TimeOf(key);
}

/// <summary>One way in which times are kept.</summary>
/// <param name="Type">The column type of a time.</param>
/// <param name="IsMissing">Whether a time is missing.</param>
/// <param name="KeyOf">An integer that orders as the times do.</param>
/// <param name="TimeOf">The time of such an integer.</param>
/// <param name="NumberOf">The time as a number, of a DateTime as Unix seconds.</param>
/// <param name="KeyOfBoundary">The key of the first time that is not before the boundary.</param>
internal sealed record TimeScale<TTime>(
    PrimitiveDataViewType Type,
    Func<TTime, bool> IsMissing,
    Func<TTime, long> KeyOf,
    Func<long, TTime> TimeOf,
    Func<TTime, double> NumberOf,
    Func<DateTime, long> KeyOfBoundary)
    where TTime : struct, IComparable<TTime>
{
    /// <summary>The time as a number, of a DateTime as Unix seconds; NaN where it is missing.</summary>
    public double SecondsOf(TTime time) => IsMissing(time) ? EventClock.Missing : NumberOf(time);
}

/// <summary>The three ways in which times are kept.</summary>
internal static class TimeScales
{
    /// <summary>Whole Unix seconds. None is missing.</summary>
    public static TimeScale<long> UnixInteger { get; } = new(
        NumberDataViewType.Int64,
        IsMissing: _ => false,
        KeyOf: seconds => seconds,
        TimeOf: key => key,
        NumberOf: seconds => seconds,
        KeyOfBoundary: boundary => CeilingOfSeconds(SinceEpoch(boundary)));

    /// <summary>Unix seconds with a fraction. NaN is missing.</summary>
    public static TimeScale<double> UnixFloating { get; } = new(
        NumberDataViewType.Double,
        IsMissing: double.IsNaN,
        KeyOf: OrderedBits,
        TimeOf: key => BitConverter.Int64BitsToDouble(key < 0 ? key ^ long.MaxValue : key),
        NumberOf: seconds => seconds,
        KeyOfBoundary: boundary => OrderedBits(SinceEpoch(boundary).Ticks / (double)TimeSpan.TicksPerSecond));

    /// <summary>Date and time, compared as is. The zero DateTime, as which loaders read an empty field, is missing.</summary>
    public static TimeScale<DateTime> Calendar { get; } = new(
        DateTimeDataViewType.Instance,
        IsMissing: time => time.Ticks == 0,
        KeyOf: time => time.Ticks,
        TimeOf: key => new DateTime(key),
        NumberOf: time => (time.Ticks - DateTime.UnixEpoch.Ticks) / (double)TimeSpan.TicksPerSecond,
        KeyOfBoundary: boundary => boundary.Ticks);

    /// <summary>The boundary as UTC; a DateTime of unspecified kind is UTC already.</summary>
    private static TimeSpan SinceEpoch(DateTime boundary) =>
        (boundary.Kind == DateTimeKind.Local ? boundary.ToUniversalTime() : boundary) - DateTime.UnixEpoch;

    private static long CeilingOfSeconds(TimeSpan span)
    {
        (long seconds, long rest) = Math.DivRem(span.Ticks, TimeSpan.TicksPerSecond);
        return rest > 0 ? seconds + 1 : seconds;
    }

    /// <summary>The bits of a double as an integer with the same order; both zeros are one.</summary>
    private static long OrderedBits(double value)
    {
        long bits = BitConverter.DoubleToInt64Bits(value + 0.0);
        return bits < 0 ? bits ^ long.MaxValue : bits;
    }
}
