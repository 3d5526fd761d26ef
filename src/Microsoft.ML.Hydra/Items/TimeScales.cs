using Microsoft.ML.Data;

namespace Microsoft.ML.Hydra.Items;

/// <summary>The three ways a time is kept.</summary>
internal static class TimeScales
{
    /// <summary>Whole Unix seconds. None is missing.</summary>
    public static TimeScale<long> UnixInteger { get; } = new(
        NumberDataViewType.Int64,
        isMissing: _ => false,
        key: seconds => seconds,
        seconds: seconds => seconds,
        boundaryKey: boundary => CeilingOfSeconds(SinceEpoch(boundary)));

    /// <summary>Unix seconds with a fraction. NaN is missing.</summary>
    public static TimeScale<double> UnixFloating { get; } = new(
        NumberDataViewType.Double,
        isMissing: double.IsNaN,
        key: OrderedBits,
        seconds: seconds => seconds,
        boundaryKey: boundary => OrderedBits(SinceEpoch(boundary).Ticks / (double)TimeSpan.TicksPerSecond));

    /// <summary>Date and time, compared as is. The zero DateTime, as which loaders read an empty field, is missing.</summary>
    public static TimeScale<DateTime> Calendar { get; } = new(
        DateTimeDataViewType.Instance,
        isMissing: time => time.Ticks == 0,
        key: time => time.Ticks,
        seconds: Seconds,
        boundaryKey: boundary => boundary.Ticks);

    /// <summary>A time as Unix seconds, on its own clock.</summary>
    public static double Seconds(DateTime time) => (time.Ticks - DateTime.UnixEpoch.Ticks) / (double)TimeSpan.TicksPerSecond;

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
