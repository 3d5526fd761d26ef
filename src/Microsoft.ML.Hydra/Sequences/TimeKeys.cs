using Microsoft.ML.Hydra.Items;

namespace Microsoft.ML.Hydra.Sequences;

/// <summary>The timestamps of one sequence after the other, as keys that order as they do.</summary>
internal abstract class TimeKeys
{
    /// <summary>Reads the timestamps of sequences.</summary>
    /// <param name="timestamps">The reader of a vector column.</param>
    /// <param name="type">What the timestamps of that column are.</param>
    public static TimeKeys Create(SequenceVector timestamps, TimestampType type) => type.Accept(new Factory(timestamps));

    /// <summary>The keys of the sequence loaded last, ascending; valid until the next call.</summary>
    /// <param name="row">The row, for the errors.</param>
    /// <exception cref="InvalidOperationException">A time is missing or earlier than the one before it.</exception>
    public abstract ReadOnlySpan<long> Read(long row);

    private sealed class Factory(SequenceVector timestamps) : ITimestampTypeVisitor<TimeKeys>
    {
        public TimeKeys Visit<TRaw, TTime>(TimestampType<TRaw, TTime> type) where TTime : struct, IComparable<TTime> =>
            new TimeKeys<TRaw, TTime>((SequenceVector<TRaw>)timestamps, type);
    }
}

/// <summary>Keys of times that come as <typeparamref name="TRaw"/>.</summary>
internal sealed class TimeKeys<TRaw, TTime>(SequenceVector<TRaw> timestamps, TimestampType<TRaw, TTime> type) : TimeKeys
    where TTime : struct, IComparable<TTime>
{
    private long[] _keys = [];

    public override ReadOnlySpan<long> Read(long row)
    {
        ReadOnlySpan<TRaw> values = timestamps.Values;
        if (_keys.Length < values.Length)
        {
            _keys = new long[Math.Max(values.Length, (int)Math.Min(2L * _keys.Length, Array.MaxLength))];
        }

        for (int i = 0; i < values.Length; i++)
        {
            TTime time = type.Convert(values[i]);
            if (type.Scale.IsMissing(time))
            {
                throw new InvalidOperationException(string.Create(
                    CultureInfo.InvariantCulture,
                    $"Column '{timestamps.ColumnName}' has no time at position {i} of row {row} (NaN or the zero DateTime): leave such events out, as GroupInteractions does."));
            }

            _keys[i] = type.Scale.KeyOf(time);
            if (i > 0 && _keys[i] < _keys[i - 1])
            {
                throw new InvalidOperationException(string.Create(
                    CultureInfo.InvariantCulture,
                    $"Column '{timestamps.ColumnName}' goes back in time at position {i} of row {row}, but each sequence must be oldest first: sort its events, as GroupInteractions does with a timestamp column."));
            }
        }

        return _keys.AsSpan(0, values.Length);
    }
}

/// <summary>Finds the moment from which a given share of all events follows.</summary>
internal static class TimeQuantile
{
    /// <summary>
    /// The key, among those of the events, for which the share of events at or after it is nearest to the expected one, and
    /// with an event before it. Events of one time stay together, so the share can only be met roughly.
    /// </summary>
    /// <param name="source">The sequences; read once.</param>
    /// <param name="timestamps">Their column of timestamps.</param>
    /// <param name="type">The type of that column.</param>
    /// <param name="share">The expected share, above 0 and below 1.</param>
    /// <exception cref="InvalidOperationException">All events have one time, or there are none.</exception>
    public static long BoundaryKey(IDataView source, DataViewSchema.Column timestamps, TimestampType type, double share)
    {
        Span<long> keys = CollectionsMarshal.AsSpan(ReadKeys(source, timestamps, type));
        keys.Sort();
        if (keys.IsEmpty || keys[0] == keys[^1])
        {
            throw new InvalidOperationException(
                $"Column '{timestamps.Name}' holds {(keys.IsEmpty ? "no events" : "the same time for every event")}, but a split by time needs events at two times or more: use SplitLeaveLastOut.");
        }

        double expected = share * keys.Length;
        int middle = Math.Min((int)Math.Round(keys.Length - expected), keys.Length - 1);
        int first = keys.IndexOf(keys[middle]);
        int after = keys.LastIndexOf(keys[middle]) + 1;
        bool laterIsNearer = keys.Length - first - expected > Math.Abs(expected - (keys.Length - after));
        return keys[first == 0 || (after < keys.Length && laterIsNearer) ? after : first];
    }

    private static List<long> ReadKeys(IDataView source, DataViewSchema.Column timestamps, TimestampType type)
    {
        using DataViewRowCursor cursor = source.GetRowCursor([timestamps]);
        SequenceVector vector = SequenceVector.Create(cursor, timestamps);
        TimeKeys keys = TimeKeys.Create(vector, type);
        List<long> all = [];
        while (cursor.MoveNext())
        {
            vector.Load();
            all.AddRange(keys.Read(cursor.Position));
        }

        return all;
    }
}
