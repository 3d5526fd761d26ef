namespace Microsoft.ML.Hydra.Items;

/// <summary>Keys named by their values. Of equal values the first key counts, as for all lists of ids.</summary>
/// <param name="values">Value of key 1, key 2, and so on.</param>
internal sealed class KeyValueIds<TItem>(TItem[] values) : IItemIds<TItem>
    where TItem : notnull
{
    private readonly Dictionary<TItem, int> _rows = Index(values);

    public int FindRow(TItem id) => id is null ? 0 : _rows.GetValueOrDefault(id, ItemVocabulary.Unknown);

    public TItem IdOf(int row) => values[row - 1];

    private static Dictionary<TItem, int> Index(TItem[] values)
    {
        var rows = new Dictionary<TItem, int>(values.Length);
        for (int i = 0; i < values.Length; i++)
        {
            rows.TryAdd(values[i], i + 1);
        }

        return rows;
    }
}
