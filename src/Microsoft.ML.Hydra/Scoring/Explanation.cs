using Microsoft.ML.Hydra.Items;

namespace Microsoft.ML.Hydra.Scoring;

/// <summary>Explains a model's scores: by the events of a history, and by the items that the model treats alike.</summary>
/// <param name="lease">Keeps the model alive.</param>
/// <param name="plan">The model, and which items may be recommended.</param>
internal sealed class Explanation(SharedModel.Lease lease, RecommendationPlan plan)
{
    /// <summary>
    /// How much each event of a history moved an item's score: the score minus the score after the same history without the event (occlusion). A history
    /// of n events is scored n + 1 times. The events that moved the score most, in either direction, come first; none when the item is not known.
    /// </summary>
    /// <param name="history">The items of the events; those that the model does not know are left out.</param>
    /// <param name="item">The item scored.</param>
    /// <param name="count">Most events to return.</param>
    public ExplainedEvent<TItem>[] FindContributions<TItem>(ReadOnlySpan<TItem> history, TItem item, int count)
    {
        IItemIds<TItem> ids = plan.Model.Vocabulary.Ids<TItem>();
        int row = ids.FindRow(item);
        var rows = new List<int>();
        var events = new List<ExplainedEvent<TItem>>();
        for (int i = 0; i < history.Length; i++)
        {
            if (ids.FindRow(history[i]) is int known and > 0)
            {
                rows.Add(known);
                events.Add(new(i, history[i], 0));
            }
        }

        if (row <= 0 || rows.Count == 0)
        {
            return [];
        }

        float[] contributions = Contributions([.. rows], row);
        return
        [
            .. events.Select((e, i) => e with { Contribution = contributions[i] })
                .OrderByDescending(e => Math.Abs(e.Contribution)).ThenBy(e => e.Index).Take(count),
        ];
    }

    /// <summary>The items nearest to one by the cosine of their vectors, nearest first; none when it is not known.</summary>
    /// <param name="item">The one item; never among the others.</param>
    /// <param name="count">Most items to return.</param>
    public RecommendedItem<TItem>[] FindSimilar<TItem>(TItem item, int count)
    {
        IItemIds<TItem> ids = plan.Model.Vocabulary.Ids<TItem>();
        int row = ids.FindRow(item);
        if (row <= 0)
        {
            return [];
        }

        using SharedModel.Use use = lease.Enter();
        using CatalogScorer.Borrowed borrowed = use.Scorer.Borrow();
        var target = new RecommendedItem<TItem>[Math.Min(count, plan.Model.NumberOfItems)];
        return target[..borrowed.Recommender.FindSimilar(row, plan, ids, target)];
    }

    private float[] Contributions(int[] rows, int item)
    {
        using SharedModel.Use use = lease.Enter();
        var whole = new float[1];
        use.Scorer.Score(rows, default, [0, rows.Length], item, whole);
        var contributions = new float[rows.Length];
        if (rows.Length == 1)
        {
            return whole;   // without its only event there is nothing to score after
        }

        int length = rows.Length - 1, most = Math.Clamp(HistoryBatch.MaximumEventsPerCall / length, 1, rows.Length);
        var items = new int[most * length];
        var offsets = new int[most + 1];
        for (int first = 0; first < rows.Length; first += most)
        {
            plan.CheckCancelled?.Invoke();
            int count = Math.Min(most, rows.Length - first);
            for (int i = 0; i < count; i++)
            {
                rows.AsSpan(0, first + i).CopyTo(items.AsSpan(i * length));
                rows.AsSpan(first + i + 1).CopyTo(items.AsSpan((i * length) + first + i));
                offsets[i + 1] = (i + 1) * length;
            }

            use.Scorer.Score(items.AsSpan(0, count * length), default, offsets.AsSpan(0, count + 1), item, contributions.AsSpan(first, count));
        }

        for (int i = 0; i < contributions.Length; i++)
        {
            contributions[i] = whole[0] - contributions[i];
        }

        return contributions;
    }
}
