using System.Globalization;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Evaluation;

public sealed class SequenceRecommendationMetricsTests
{
    private static readonly SequenceRecommendationMetrics s_metrics = new([1, 0, 3, 12, 2]);

    [Theory]
    [InlineData(1, 1 / 5.0)]
    [InlineData(2, 2 / 5.0)]
    [InlineData(10, 3 / 5.0)]
    [InlineData(12, 4 / 5.0)]
    [InlineData(1_000_000, 4 / 5.0)]
    [InlineData(int.MaxValue, 4 / 5.0)]
    public void HitRateAt_is_the_share_of_ranks_up_to_k(int k, double expected) => Assert.Equal(expected, s_metrics.HitRateAt(k), 12);

    [Fact]
    public void NdcgAt_discounts_by_the_logarithm_of_the_rank()
    {
        Assert.Equal(1 / 5.0, s_metrics.NdcgAt(1), 12);
        Assert.Equal((1 + (1 / Math.Log2(4)) + (1 / Math.Log2(3))) / 5, s_metrics.NdcgAt(10), 12);
        Assert.Equal((1 + (1 / Math.Log2(4)) + (1 / Math.Log2(3)) + (1 / Math.Log2(13))) / 5, s_metrics.NdcgAt(12), 12);
    }

    [Fact]
    public void MrrAt_reaches_the_mean_reciprocal_rank_at_the_worst_rank()
    {
        Assert.Equal((1 + (1 / 3.0) + (1 / 2.0)) / 5, s_metrics.MrrAt(10), 12);
        Assert.Equal((1 + (1 / 3.0) + (1 / 2.0) + (1 / 12.0)) / 5, s_metrics.MeanReciprocalRank, 12);
        Assert.Equal(s_metrics.MeanReciprocalRank, s_metrics.MrrAt(12), 12);
    }

    [Fact]
    public void Labels_without_a_rank_are_counted_and_are_misses()
    {
        Assert.Equal(5, s_metrics.NumberOfUsers);
        Assert.Equal(1, s_metrics.NumberOfUnknownLabels);
        Assert.Equal([1, 0, 3, 12, 2], s_metrics.LabelRanks);
        var allUnknown = new SequenceRecommendationMetrics([0, 0]);
        Assert.Equal(0, allUnknown.HitRateAt(10));
        Assert.Equal(0, allUnknown.NdcgAt(10));
        Assert.Equal(0, allUnknown.MeanReciprocalRank);
    }

    [Fact]
    public void Labels_that_the_model_does_not_know_and_those_left_out_are_counted_apart()
    {
        var metrics = new SequenceRecommendationMetrics([0, 4, 0, 0], numberOfLabelsLeftOut: 1);
        Assert.Equal((3, 2, 1), (metrics.NumberOfUnknownLabels, metrics.NumberOfLabelsNotInModel, metrics.NumberOfLabelsLeftOut));
        Assert.Contains("3 labels without a rank (2 unknown to the model, 1 left out of the ranking)", metrics.ToString(), StringComparison.Ordinal);
        Assert.Null(s_metrics.NumberOfLabelsNotInModel);
        Assert.Null(s_metrics.NumberOfLabelsLeftOut);
    }

    [Fact]
    public void Facts_of_the_catalogue_are_absent_unless_given()
    {
        Assert.Equal(0, s_metrics.NumberOfItems);
        Assert.True(double.IsNaN(s_metrics.CatalogCoverage));
        Assert.True(double.IsNaN(s_metrics.MeanPopularity));
    }

    [Fact]
    public void K_below_one_is_refused()
    {
        Assert.Equal("k", Assert.Throws<ArgumentOutOfRangeException>(() => s_metrics.HitRateAt(0)).ParamName);
        Assert.Throws<ArgumentOutOfRangeException>(() => s_metrics.NdcgAt(-1));
        Assert.Throws<ArgumentOutOfRangeException>(() => s_metrics.MrrAt(0));
    }

    [Fact]
    public void No_rank_or_a_negative_one_is_refused()
    {
        Assert.Throws<ArgumentException>(() => new SequenceRecommendationMetrics([]));
        Assert.Contains("row 1 is -4", Assert.Throws<ArgumentException>(() => new SequenceRecommendationMetrics([1, -4])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Ranks_cannot_be_changed_through_the_list() =>
        Assert.Throws<NotSupportedException>(() => ((IList<int>)s_metrics.LabelRanks)[0] = 7);

    [Fact]
    public void ToString_is_an_aligned_table_in_any_culture()
    {
        CultureInfo before = CultureInfo.CurrentCulture;
        var commaCulture = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        commaCulture.NumberFormat.NumberDecimalSeparator = ",";
        commaCulture.NumberFormat.NumberGroupSeparator = ".";
        try
        {
            CultureInfo.CurrentCulture = commaCulture;
            string[] lines = new SequenceRecommendationMetrics([1, 0, 3, 12], 1200, 0.25, 0.00125).ToString().Split(Environment.NewLine);
            Assert.Equal(
            [
                "4 users, 1 labels without a rank, 1,200 items ranked",
                "@k         1       5      10      20      50     100",
                "HR    0.2500  0.5000  0.5000  0.7500  0.7500  0.7500",
                "NDCG  0.2500  0.3750  0.3750  0.4426  0.4426  0.4426",
                "MRR   0.2500  0.3333  0.3333  0.3542  0.3542  0.3542",
                "MRR over the whole catalogue 0.3542, catalogue coverage 25.0 %, mean popularity 0.125 %",
            ],
            lines);
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Fact]
    public void ToString_leaves_out_what_is_unknown_and_ks_beyond_the_catalogue()
    {
        string text = new SequenceRecommendationMetrics([1, 2], numberOfItems: 7).ToString();
        Assert.Equal("@k         1       5", text.Split(Environment.NewLine)[1]);
        Assert.DoesNotContain("NaN", text, StringComparison.Ordinal);
        Assert.DoesNotContain("coverage", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Rows_are_divided_by_the_training_events_of_their_label()
    {
        //                                         ranks            training events of the labels
        var metrics = new SequenceRecommendationMetrics([4, 1, 30, 2, 0, 3, 0], labelTrainingEvents: [0, 1, 5, 6, 20, 21, 0]);

        IReadOnlyList<TrainingEventsMetrics> parts = metrics.ByTrainingEvents;
        Assert.Equal([(0, 0), (1, 5), (6, 20), (21, null)], parts.Select(part => (part.FewestTrainingEvents, part.MostTrainingEvents)));
        Assert.Equal([2, 2, 2, 1], parts.Select(part => part.NumberOfUsers));
        Assert.Equal([0.5, 0.5, 0.5, 1], parts.Select(part => part.HitRateAt(10)));
        Assert.Equal([0, 0.5, 0.5, 0], parts.Select(part => part.HitRateAt(2)));
        Assert.Equal(1 / Math.Log2(5) / 2, parts[0].NdcgAt(10), 12);
        Assert.Equal(1 / 2.0, parts[1].NdcgAt(10), 12);
        Assert.Equal(1 / Math.Log2(4), parts[3].NdcgAt(10), 12);
        Assert.Equal(metrics.NdcgAt(50), parts.Sum(part => part.NumberOfUsers * part.NdcgAt(50)) / 7, 12);
        Assert.Equal("k", Assert.Throws<ArgumentOutOfRangeException>(() => parts[0].NdcgAt(0)).ParamName);
    }

    [Fact]
    public void A_number_of_training_events_that_no_label_has_has_no_figures()
    {
        var metrics = new SequenceRecommendationMetrics([1], labelTrainingEvents: [7]);

        Assert.Equal([0, 0, 1, 0], metrics.ByTrainingEvents.Select(part => part.NumberOfUsers));
        Assert.True(double.IsNaN(metrics.ByTrainingEvents[0].HitRateAt(10)));
        Assert.EndsWith($"{Environment.NewLine}labels with 6 to 20 training events: 1 users, HR@10 1.0000, NDCG@10 1.0000", metrics.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("NaN", metrics.ToString(), StringComparison.Ordinal);
        Assert.Empty(s_metrics.ByTrainingEvents);
    }

    [Theory]
    [InlineData(0, "0 training events: 1 users")]
    [InlineData(2, "1 to 5 training events: 1 users")]
    [InlineData(2000, "over 20 training events: 1 users")]
    public void Training_events_are_named(int events, string expected) => Assert.StartsWith(
        expected,
        new SequenceRecommendationMetrics([1], labelTrainingEvents: [events]).ByTrainingEvents.Single(part => part.NumberOfUsers == 1).ToString(),
        StringComparison.Ordinal);
}
