using System.Runtime.InteropServices;
using Microsoft.ML.Hydra.Items;

namespace Microsoft.ML.Hydra.Sequences;

/// <summary>Times that come as <typeparamref name="TRaw"/> and are kept as <typeparamref name="TTime"/>.</summary>
internal sealed class ConvertedTimeColumn<TRaw, TTime>(ValueGetter<TRaw> getter, TimeScale<TTime> scale, Func<TRaw, TTime> convert) : TimeColumn
    where TTime : struct, IComparable<TTime>
{
    private readonly List<TTime> _times = [];
    private TRaw _raw = default!;
    private TTime _time;

    public override bool Read()
    {
        getter(ref _raw);
        _time = convert(_raw);
        return !scale.IsMissing(_time);
    }

    public override void Keep() => _times.Add(_time);

    public override void Sort(int[] order, int[] offsets) =>
        EventOrder.SortByTime<TTime>(order, offsets, CollectionsMarshal.AsSpan(_times));

    public override SequenceColumn ToVectorColumn(string name, int[] order, int[] offsets)
    {
        var times = new TTime[order.Length];
        for (int i = 0; i < order.Length; i++)
        {
            times[i] = _times[order[i]];
        }

        return new VectorColumn<TTime>(name, scale.Type, times, offsets);
    }
}
