using Microsoft.ML.Data;

namespace Microsoft.ML.Hydra.Items;

/// <summary>One way a time is kept: its column type, what is missing in it and how it orders.</summary>
internal sealed class TimeScale<TTime>(
    PrimitiveDataViewType type, Func<TTime, bool> isMissing, Func<TTime, long> key, Func<TTime, double> seconds,
    Func<DateTime, long> boundaryKey)
    where TTime : struct, IComparable<TTime>
{
    public PrimitiveDataViewType Type { get; } = type;

    public bool IsMissing(TTime time) => isMissing(time);

    /// <summary>An integer that orders as the times do.</summary>
    public long KeyOf(TTime time) => key(time);

    /// <summary>The time as a number, of a DateTime as Unix seconds; NaN where it is missing.</summary>
    public double SecondsOf(TTime time) => isMissing(time) ? EventClock.Missing : seconds(time);

    /// <summary>The key of the first time that is not before the boundary.</summary>
    public long KeyOfBoundary(DateTime boundary) => boundaryKey(boundary);
}
