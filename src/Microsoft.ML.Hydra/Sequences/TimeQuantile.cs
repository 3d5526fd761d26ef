using System.Runtime.InteropServices;
using Microsoft.ML.Hydra.Items;

namespace Microsoft.ML.Hydra.Sequences;

/// <summary>Finds the moment from which on a given share of all events lies.</summary>
internal static class TimeQuantile
{
    /// <summary>
    /// The key, among those of the events, for which the share of events at or after it is nearest to the one wanted, and
    /// with an event before it. Events of one time stay together, so the share can only be met roughly.
    /// </summary>
    /// <param name="source">The sequences; read once.</param>
    /// <param name="timestamps">Their column of timestamps.</param>
    /// <param name="type">The type of that column.</param>
    /// <param name="share">The share wanted, above 0 and below 1.</param>
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

        double wanted = share * keys.Length;
        int middle = Math.Min((int)Math.Round(keys.Length - wanted), keys.Length - 1);
        int first = middle;
        while (first > 0 && keys[first - 1] == keys[middle])
        {
            first--;
        }

        int after = middle;
        while (after < keys.Length && keys[after] == keys[middle])
        {
            after++;
        }

        bool laterIsNearer = keys.Length - first - wanted > Math.Abs(wanted - (keys.Length - after));
        return keys[first == 0 || (after < keys.Length && laterIsNearer) ? after : first];
    }

    private static List<long> ReadKeys(IDataView source, DataViewSchema.Column timestamps, TimestampType type)
    {
        using DataViewRowCursor cursor = source.GetRowCursor([timestamps]);
        SequenceVector vector = SequenceVector.Create(cursor, timestamps);
        TimeKeys keys = type.CreateKeys(vector);
        List<long> all = [];
        while (cursor.MoveNext())
        {
            vector.Load();
            all.AddRange(keys.Read(cursor.Position));
        }

        return all;
    }
}
