using Microsoft.ML.Hydra.Tuning;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Tuning;

public sealed class HalvingScheduleTests
{
    [Theory]
    [InlineData(27, 3, 3, new[] { 3, 9, 27 }, 9)]
    [InlineData(27, 1, 3, new[] { 1, 3, 9, 27 }, 27)]
    [InlineData(20, 3, 3, new[] { 3, 7, 20 }, 9)]
    [InlineData(20, 4, 3, new[] { 7, 20 }, 3)]
    [InlineData(8, 1, 2, new[] { 1, 2, 4, 8 }, 8)]
    [InlineData(2, 3, 3, new[] { 2 }, 1)]
    [InlineData(1, 1, 2, new[] { 1 }, 1)]
    public void The_rungs_rise_to_the_full_length(int full, int minimum, int factor, int[] epochs, int configurations)
    {
        var halving = new HalvingSchedule(full, minimum, factor, 0);

        Assert.Equal(epochs, halving.Epochs);
        Assert.Equal(configurations, halving.Configurations);
    }

    [Fact]
    public void The_base_options_come_first_and_then_bracket_after_bracket()
    {
        // Later configurations are better.
        string[] plans = Plans(new HalvingSchedule(9, 1, 3, 0), int.MaxValue, plan => plan.Configuration, 1 + 13 + 13 + 1);

        Assert.Equal("0:9", plans[0]);
        Assert.Equal(["1:1", "2:1", "3:1", "4:1", "5:1", "6:1", "7:1", "8:1", "9:1", "9:3", "8:3", "7:3", "9:9"], plans[1..14]);
        Assert.Equal(["10:1", "11:1", "12:1", "13:1", "14:1", "15:1", "16:1", "17:1", "18:1", "18:3", "17:3", "16:3", "18:9"], plans[14..27]);
        Assert.Equal("19:1", plans[27]);
    }

    [Fact]
    public void Equal_results_are_ranked_by_number_and_failures_go_no_further()
    {
        Assert.Equal(
            ["0:4", "1:2", "2:2", "3:2", "4:2", "2:4", "3:4"],
            Plans(new HalvingSchedule(4, 2, 2, 4), 4, plan => plan.Configuration == 1 ? null : 0.5, 100));
        Assert.Equal(["0:4", "1:2", "2:2", "3:2"], Plans(new HalvingSchedule(4, 2, 2, 2), 3, _ => null, 100));
    }

    [Fact]
    public void A_bracket_of_few_configurations_still_promotes_one() =>
        Assert.Equal(["0:9", "1:1", "2:1", "1:3", "1:9"], Plans(new HalvingSchedule(9, 1, 3, 0), 2, plan => -plan.Configuration, 100));

    [Fact]
    public void A_bracket_larger_than_any_budget_is_made_as_it_is_asked_for()
    {
        int asked = 0;
        var halving = new HalvingSchedule(4, 2, 2, int.MaxValue);

        int[] first = [.. halving.Plans(_ => ++asked > 0, _ => 0.5).Take(4).Select(plan => plan.Configuration)];

        Assert.Equal([0, 1, 2, 3], first);
        Assert.Equal(4, asked);
    }

    private static string[] Plans(HalvingSchedule halving, int last, Func<TrialPlan, double?> ndcg, int count) =>
        [.. halving.Plans(number => number <= last, ndcg).Take(count).Select(plan => $"{plan.Configuration}:{plan.Epochs}")];
}
