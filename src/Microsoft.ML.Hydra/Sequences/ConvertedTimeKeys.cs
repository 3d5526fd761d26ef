using System.Globalization;
using Microsoft.ML.Hydra.Items;

namespace Microsoft.ML.Hydra.Sequences;

/// <summary>Keys of times that come as <typeparamref name="TRaw"/>.</summary>
internal sealed class ConvertedTimeKeys<TRaw, TTime>(
    TypedSequenceVector<TRaw> timestamps, TimeScale<TTime> scale, Func<TRaw, TTime> convert) : TimeKeys
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
            TTime time = convert(values[i]);
            if (scale.IsMissing(time))
            {
                throw new InvalidOperationException(string.Create(
                    CultureInfo.InvariantCulture,
                    $"Column '{timestamps.ColumnName}' has no time at position {i} of row {row} (NaN or the zero DateTime): leave such events out, as GroupInteractions does."));
            }

            _keys[i] = scale.KeyOf(time);
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
