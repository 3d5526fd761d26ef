using Microsoft.ML.Hydra.Items;

namespace Microsoft.ML.Hydra.Scoring;

/// <summary>Items whose vectors point the same way: what the model treats alike.</summary>
internal static class SimilarItems
{
    /// <summary>The items nearest to one by the cosine of their vectors, nearest first; none when it is not known.</summary>
    /// <param name="lease">A claim on the model.</param>
    /// <param name="plan">Which items may be given.</param>
    /// <param name="item">The one item; never among the others.</param>
    /// <param name="count">Most items wanted.</param>
    public static RecommendedItem<TItem>[] Find<TItem>(SharedModel.Lease lease, RecommendationPlan plan, TItem item, int count)
    {
        IItemIds<TItem> ids = plan.Model.Vocabulary.Ids<TItem>();
        int row = ids.FindRow(item);
        if (row <= 0)
        {
            return [];
        }

        using SharedModel.Use use = lease.Enter();
        SequenceRecommender recommender = use.Scorer.Take();
        try
        {
            var target = new RecommendedItem<TItem>[Math.Min(count, plan.Model.NumberOfItems)];
            return target[..recommender.FindSimilar(row, plan, ids, target)];
        }
        finally
        {
            use.Scorer.Return(recommender);
        }
    }
}
