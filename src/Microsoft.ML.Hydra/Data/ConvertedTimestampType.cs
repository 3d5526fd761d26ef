namespace Microsoft.ML.Hydra.Data;

/// <summary>Timestamps that come as <typeparamref name="TRaw"/> and are kept as <typeparamref name="TTime"/>.</summary>
internal sealed class ConvertedTimestampType<TRaw, TTime>(TimeScale<TTime> scale, Func<TRaw, TTime> convert) : TimestampType
    where TTime : struct, IComparable<TTime>
{
    public override TimeColumn CreateColumn(DataViewRow cursor, DataViewSchema.Column column) =>
        new ConvertedTimeColumn<TRaw, TTime>(cursor.GetGetter<TRaw>(column), scale, convert);

    public override TimeKeys CreateKeys(SequenceVector timestamps) =>
        new ConvertedTimeKeys<TRaw, TTime>((TypedSequenceVector<TRaw>)timestamps, scale, convert);

    public override long KeyOfBoundary(DateTime boundary) => scale.KeyOfBoundary(boundary);
}
