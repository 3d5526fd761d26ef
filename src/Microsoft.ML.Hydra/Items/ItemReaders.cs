using Microsoft.ML.Data;

namespace Microsoft.ML.Hydra.Items;

/// <summary>Readers of item columns over one <see cref="DataViewRow"/>; like the row itself, not for several threads.</summary>
internal static class ItemReaders
{
    /// <param name="row">The row whose current value is read.</param>
    /// <param name="column">An active vector column with items of type <typeparamref name="T"/>.</param>
    /// <param name="find">Gives an item's row, 0 when it is missing, <see cref="ItemVocabulary.Unknown"/> when it is not known.</param>
    public static HistoryReader History<T>(DataViewRow row, DataViewSchema.Column column, Func<T, int> find)
    {
        ValueGetter<VBuffer<T>> getter = row.GetGetter<VBuffer<T>>(column);
        VBuffer<T> items = default;
        return destination =>
        {
            getter(ref items);
            ReadOnlySpan<T> explicitItems = items.GetValues();
            ReadOnlySpan<int> places = items.IsDense ? default : items.GetIndices();
            for (int i = 0; i < explicitItems.Length; i++)
            {
                destination.Add(find(explicitItems[i]), places.IsEmpty ? i : places[i]);
            }

            destination.AddMissing(items.Length - explicitItems.Length);
            return items.Length;
        };
    }

    /// <inheritdoc cref="History{T}"/>
    public static LabelReader Label<T>(DataViewRow row, DataViewSchema.Column column, Func<T, int> find)
    {
        ValueGetter<T> getter = row.GetGetter<T>(column);
        return () =>
        {
            T item = default!;
            getter(ref item);
            return Math.Max(find(item), 0);
        };
    }
}
