using Microsoft.ML.Hydra.Evaluation;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Evaluation;

public sealed class PopularityTests
{
    [Fact]
    public void Rows_are_ordered_by_count_then_row()
    {
        Popularity popularity = Popularity.Count(TinyChains.Of(5, [3, 2, 3], [2, 5]));
        Assert.Equal([0, 0, 2, 2, 0, 1], popularity.Counts);
        Assert.Equal([3, 0, 1, 4, 2], popularity.Places[1..]);
    }

    [Fact]
    public void Score_gives_every_history_the_same_order_and_leaves_the_padding_row_alone()
    {
        Popularity popularity = Popularity.Count(TinyChains.Of(3, [3, 2, 3]));
        float[] scores = [9, 9, 9, 9, 9, 9, 9, 9];
        popularity.Score([1, 2, 3], default, [0, 1, 3], scores);
        Assert.Equal([9, -2, -1, 0, 9, -2, -1, 0], scores);
    }

    [Fact]
    public void Rows_are_sorted_by_score_and_equal_scores_with_the_least_popular_first()
    {
        Popularity popularity = Popularity.Count(TinyChains.Of(5, [3, 2, 3], [2, 5]));
        double[] scores = [7, 1, 7, 1, 2];
        int[] rows = [2, 3, 5, 4, 1];
        popularity.SortWorstFirst(scores, rows);
        Assert.Equal([1, 1, 2, 7, 7], scores);
        Assert.Equal([4, 3, 1, 5, 2], rows);
    }
}
