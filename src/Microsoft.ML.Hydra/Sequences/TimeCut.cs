using Microsoft.ML.Hydra.Items;

namespace Microsoft.ML.Hydra.Sequences;

/// <summary>Cuts before the first event at or after one moment.</summary>
/// <param name="type">The type of the timestamps.</param>
/// <param name="boundaryKey">The moment, as a key of that type.</param>
internal sealed class TimeCut(TimestampType type, long boundaryKey) : ISequenceCut
{
    public bool ReadsTimestamps => true;

    public Func<long, int> Bind(SequenceVector items, SequenceVector? timestamps)
    {
        TimeKeys keys = type.CreateKeys(timestamps!);
        return row => CountBefore(keys.Read(row));
    }

    /// <summary>Number of keys below the boundary, by bisection; keys ascend.</summary>
    private int CountBefore(ReadOnlySpan<long> keys)
    {
        int low = 0;
        int high = keys.Length;
        while (low < high)
        {
            int middle = low + ((high - low) / 2);
            if (keys[middle] < boundaryKey)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }
}
