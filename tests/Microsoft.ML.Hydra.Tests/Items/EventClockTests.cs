using Microsoft.ML.Hydra.Items;
using Microsoft.ML.Hydra.Training;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Items;

/// <summary>Times become features as the equations say.</summary>
public sealed class EventClockTests
{
    private static readonly EventClock s_clock = new(Mean: 2, Deviation: 0.5);

    [Fact]
    public void A_gap_is_its_standardised_logarithm_and_whether_it_is_0()
    {
        double last = EventClock.Missing;
        var features = new float[10];
        s_clock.Read([1000, 1059, 1059, 900, 901.5], ref last, features);

        Assert.Equal([0, 0, Standardised(59), 0, -4, 1, -4, 1, Standardised(1.5), 0], features);
        Assert.Equal(901.5, last);
    }

    [Fact]
    public void A_missing_time_has_no_features_and_leaves_the_last_one()
    {
        double last = EventClock.Missing;
        var features = new float[12];
        s_clock.Read([double.NaN, 10, double.NaN, double.PositiveInfinity, 30, double.NaN], ref last, features);

        Assert.Equal([0, 0, 0, 0, 0, 0, 0, 0, Standardised(20), 0, 0, 0], features);
        Assert.Equal(30, last);
    }

    [Fact]
    public void A_clock_is_fitted_to_the_gaps_inside_histories()
    {
        double[] times = [0, 10, 10, double.NaN, 100, 5000, 5003];
        EventClock clock = EventClock.Fit(times, [0, 5, 7]);

        double[] logs = [Math.Log(11), 0, Math.Log(91), Math.Log(4)];
        Assert.Equal(logs.Average(), clock.Mean, 1e-12);
        Assert.Equal(Math.Sqrt(logs.Average(log => Math.Pow(log - logs.Average(), 2))), clock.Deviation, 1e-12);
        float[] features = clock.ReadAll(times, [0, 5, 7]);
        int[] after = [1, 2, 4, 6];
        Assert.Equal(0, after.Sum(i => (double)features[2 * i]), 1e-5);
        Assert.Equal([0, 0], features[10..12]);
    }

    [Fact]
    public void Gaps_far_outside_training_are_limited_and_noise_is_not_amplified()
    {
        double last = EventClock.Missing;
        var features = new float[4];
        new EventClock(Mean: 20, Deviation: 0.5).Read([0, 5], ref last, features);
        Assert.Equal([0, 0, -10, 0], features);

        last = EventClock.Missing;
        new EventClock(Mean: 1, Deviation: 0.5).Read([0, 1e12], ref last, features);
        Assert.Equal([0, 0, 10, 0], features);

        Assert.Equal(1, EventClock.Fit([0, 1000, 2000.01], [0, 3]).Deviation);
    }

    [Fact]
    public void Without_gaps_or_with_equal_ones_the_deviation_is_1()
    {
        Assert.Equal(new EventClock(0, 1), EventClock.Fit([], [0]));
        Assert.Equal(new EventClock(0, 1), EventClock.Fit([7, double.NaN], [0, 1, 2]));
        Assert.Equal(new EventClock(Math.Log(8), 1), EventClock.Fit([0, 7, 14], [0, 3]));
    }

    [Fact]
    public void Times_at_the_ends_of_the_numbers_give_a_finite_clock()
    {
        double[] times = [-9e307, 1e308, double.NaN, -double.MaxValue, double.MaxValue, 0, double.Epsilon];
        EventClock clock = EventClock.Fit(times, [0, 3, 7]);

        Assert.True(double.IsFinite(clock.Mean) && double.IsFinite(clock.Deviation) && clock.Deviation > 0, $"{clock}");
        Assert.All(clock.ReadAll(times, [0, 3, 7]), feature => Assert.InRange(feature, -10, 10));
        double far = Math.Log(double.MaxValue);
        Assert.Equal(far / 2, clock.Mean, 1e-9);    // two gaps beyond every number, two of 0
        Assert.Equal(far / 2, clock.Deviation, 1e-9);
    }

    [Fact]
    public void Infinite_times_are_found_and_missing_ones_are_not()
    {
        Assert.Equal(-1, EventClock.FindInfinite([double.NaN, double.MaxValue, -1e308]));
        Assert.Equal(1, EventClock.FindInfinite([double.NaN, double.NegativeInfinity, double.PositiveInfinity]));
        Assert.Equal("Here has the time minus infinity; give a finite number, or NaN where the time is not known.", EventClock.DescribeInfinite("Here", double.NegativeInfinity));
    }

    [Fact]
    public void Windows_keep_the_gap_before_their_first_event()
    {
        float[] times = [.. Enumerable.Range(0, 20).Select(i => (float)i)];
        var data = new SequenceDataset([.. Enumerable.Range(1, 10)], [0, 4, 10], 10, times);
        var batcher = new SequenceBatcher(data, [4, 6], 2, 100);

        SequenceBatch batch = batcher.Build([new(1, 2, 2), new(0, 0, 3)]);

        Assert.Equal([12, 13, 14, 15, 0, 1, 2, 3, 4, 5], batch.Times!);
        Assert.Equal([7, 8, 1, 2, 3], batch.Items);
    }

    private static float Standardised(double gap) => (float)((Math.Log(1 + gap) - 2) / 0.5);
}
