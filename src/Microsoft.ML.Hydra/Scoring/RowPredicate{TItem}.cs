using Microsoft.ML.Hydra.Items;

namespace Microsoft.ML.Hydra.Scoring;

/// <summary>A predicate on items as one on rows, without a new delegate for each call. One caller at a time.</summary>
internal sealed class RowPredicate<TItem>
{
    private IItemIds<TItem>? _ids;
    private Func<TItem, bool>? _accepts;

    public RowPredicate() => Accepts = row => _accepts!(_ids!.IdOf(row));

    /// <summary>The predicate on rows, while one on items is in use.</summary>
    public Func<int, bool> Accepts { get; }

    /// <summary>Puts a predicate on items to use.</summary>
    /// <param name="ids">Names the items.</param>
    /// <param name="accepts">The predicate.</param>
    public Use With(IItemIds<TItem> ids, Func<TItem, bool> accepts)
    {
        (_ids, _accepts) = (ids, accepts);
        return new Use(this);
    }

    /// <summary>A use of a predicate on items, which is forgotten at its end.</summary>
    internal readonly ref struct Use(RowPredicate<TItem> owner)
    {
        public void Dispose() => (owner._ids, owner._accepts) = (null, null);
    }
}
