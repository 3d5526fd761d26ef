using Microsoft.ML.Data;
using Microsoft.ML.Hydra.Sequences;

namespace Microsoft.ML.Hydra.Items;

/// <summary>Timestamps that come as <typeparamref name="TRaw"/> and are kept as <typeparamref name="TTime"/>.</summary>
internal sealed class ConvertedTimestampType<TRaw, TTime>(TimeScale<TTime> scale, Func<TRaw, TTime> convert) : TimestampType
    where TTime : struct, IComparable<TTime>
{
    public override TimeColumn CreateColumn(DataViewRow cursor, DataViewSchema.Column column) =>
        new ConvertedTimeColumn<TRaw, TTime>(cursor.GetGetter<TRaw>(column), scale, convert);

    public override TimeKeys CreateKeys(SequenceVector timestamps) =>
        new ConvertedTimeKeys<TRaw, TTime>((TypedSequenceVector<TRaw>)timestamps, scale, convert);

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
                times[next++] = scale.SecondsOf(convert(time));
            }

            return times.AsMemory(0, next);
        };
    }

    public override long KeyOfBoundary(DateTime boundary) => scale.KeyOfBoundary(boundary);
}
