using Microsoft.ML.Hydra.Items;

namespace Microsoft.ML.Hydra.Scoring;

/// <summary>
/// How much each event of a history moved an item's score: the score minus that after the same history without the event. A
/// history of n events is scored n + 1 times.
/// </summary>
internal sealed class Occlusion(SharedModel.Lease lease, RecommendationPlan plan)
{
    /// <summary>The events that moved the score most, in either direction, first; none when the item is not known.</summary>
    /// <param name="history">The items of the events; those that the model does not know are left out.</param>
    /// <param name="item">The item scored.</param>
    /// <param name="count">Most events wanted.</param>
    public ExplainedEvent<TItem>[] Explain<TItem>(ReadOnlySpan<TItem> history, TItem item, int count)
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
