using Microsoft.ML.Data;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Sequences;

public sealed class SplitByTimeTests
{
    private readonly MLContext _ml = new(1);

    [Fact]
    public void The_first_event_at_or_after_the_boundary_is_the_next_item()
    {
        // Times 10, 30, 60 · 20, 50 · 40: the boundary is user 7's second event.
        SequenceTrainTestData split = _ml.SequenceRecommendation().SplitByTime(
            Interactions.GroupSmall(_ml), DateTime.UnixEpoch.AddSeconds(30));

        Assert.Equal([7, 8], split.TrainSet.GetColumn<long>("UserId"));
        Assert.Equal([[1], [2]], split.TrainSet.GetColumn<int[]>("Items"));
        Assert.Equal([[10], [20]], split.TrainSet.GetColumn<long[]>("Timestamps"));
        Assert.Equal([[1], [2]], split.TestSet.GetColumn<int[]>("Items"));
        Assert.Equal([3, 5], split.TestSet.GetColumn<int>("NextItem"));
        Assert.Equal([30, 50], split.TestSet.GetColumn<long>("NextTimestamp"));
    }

    [Fact]
    public void Users_with_events_on_one_side_only_train_or_disappear()
    {
        SequenceTrainTestData split = _ml.SequenceRecommendation().SplitByTime(
            Interactions.GroupSmall(_ml), DateTime.UnixEpoch.AddSeconds(55));

        Assert.Equal([[1, 3], [2, 5], [4]], split.TrainSet.GetColumn<int[]>("Items"));
        Assert.Equal([7], split.TestSet.GetColumn<long>("UserId"));
        Assert.Empty(_ml.SequenceRecommendation().SplitByTime(
            Interactions.GroupSmall(_ml), DateTime.UnixEpoch).TrainSet.GetColumn<long>("UserId"));
    }

    [Theory]
    [InlineData(5, "SplitByTime at 5 leaves the train set empty, because no event is before that moment: the times of 'Timestamps' go from 10 to 60")]
    [InlineData(61, "SplitByTime at 61 leaves the test set empty, because no user has events on both sides of that moment: the times of 'Timestamps' go from 10 to 60")]
    [InlineData(30, null)]
    public void A_side_that_is_left_empty_is_a_warning_with_first_and_last_time(int boundary, string? expected)
    {
        var log = new Integration.LogLines(_ml);
        SequenceTrainTestData split = _ml.SequenceRecommendation().SplitByTime(
            Interactions.GroupSmall(_ml), DateTime.UnixEpoch.AddSeconds(boundary));

        int train = split.TrainSet.GetColumn<int[]>("Items").Count();
        int test = split.TestSet.GetColumn<int>("NextItem").Count();
        string[] warnings = log.Of(Microsoft.ML.Runtime.ChannelMessageKind.Warning);

        Assert.Equal(expected is null, train > 0 && test > 0);
        Assert.Equal(expected is not null, warnings.Any(warning => warning.StartsWith(expected ?? "SplitByTime", StringComparison.Ordinal)));
    }

    [Fact]
    public void The_warning_of_an_empty_side_shows_fractions_and_dates()
    {
        Assert.Contains("SplitByTime at 1970-01-01 00:00:00", Warning(DateTime.UnixEpoch.AddDays(1)), StringComparison.Ordinal);
        Assert.Contains("go from 1970-01-02 00:00:00 to 1970-01-02 00:00:00", Warning(DateTime.UnixEpoch.AddDays(1)), StringComparison.Ordinal);
        Assert.Contains("go from 1.5 to 1.5", Warning(1.5), StringComparison.Ordinal);
        Assert.Empty(Warning(-1.5));

        string Warning<TTime>(TTime time)
        {
            var log = new Integration.LogLines(_ml);
            IDataView grouped = Interactions.Group(_ml, Interactions.Load<int, int, TTime>(_ml, (1, 1, time)));
            _ = _ml.SequenceRecommendation().SplitByTime(grouped, DateTime.UnixEpoch).TrainSet.GetColumn<int[]>("Items").Count();
            return string.Concat(log.Of(Microsoft.ML.Runtime.ChannelMessageKind.Warning));
        }
    }

    [Fact]
    public void A_boundary_between_two_seconds_rounds_up_for_whole_seconds()
    {
        Assert.Equal([30L], HistoryTimes<long>(time => time, DateTime.UnixEpoch.AddSeconds(30.5)));
        Assert.Equal([-30L], HistoryTimes<long>(time => time - 60, DateTime.UnixEpoch.AddSeconds(-29.5)));
    }

    [Fact]
    public void Every_type_of_time_meets_the_same_boundary()
    {
        DateTime boundary = DateTime.UnixEpoch.AddSeconds(30.5);
        Assert.Equal([30L], HistoryTimes(time => (int)time, boundary, stored: time => (long)time));
        Assert.Equal([30.0], HistoryTimes(time => (double)time, boundary));
        Assert.Equal([30.0], HistoryTimes(time => (float)time, boundary, stored: time => (double)time));
        Assert.Equal([DateTime.UnixEpoch.AddSeconds(30)], HistoryTimes(time => DateTime.UnixEpoch.AddSeconds(time), boundary));
        Assert.Equal([DateTime.UnixEpoch.AddSeconds(30)], HistoryTimes(time => DateTime.UnixEpoch.AddSeconds(time).ToLocalTime(), boundary.ToLocalTime(), stored: time => time));
    }

    [Fact]
    public void Hand_made_sequences_may_hold_any_type_of_time()
    {
        IDataView data = _ml.Data.LoadFromEnumerable(new[]
        {
            new Row<DateTimeOffset>
            {
                Items = [1, 2],
                Timestamps = [new(2024, 1, 1, 23, 0, 0, TimeSpan.FromHours(-5)), new(2024, 1, 2, 6, 0, 0, TimeSpan.FromHours(1))],
            },
        });

        IDataView test = _ml.SequenceRecommendation().SplitByTime(data, new DateTime(2024, 1, 2, 4, 30, 0)).TestSet;

        Assert.Equal([2], test.GetColumn<int>("NextItem"));
        Assert.Equal([new DateTimeOffset(2024, 1, 2, 6, 0, 0, TimeSpan.FromHours(1))], test.GetColumn<DateTimeOffset>("NextTimestamp"));
    }

    [Theory]
    [InlineData(0.1, 9)]
    [InlineData(0.5, 5)]
    [InlineData(0.9, 1)]
    [InlineData(0.99, 1)]
    [InlineData(0.01, 9)]
    public void A_fraction_of_all_events_is_tested(double fraction, int expectedHistory)
    {
        IEnumerable<(int, int, double)> events = Enumerable.Range(1, 10).Select(i => (1, i, i - 5.5));
        IDataView grouped = Interactions.Group(_ml, Interactions.Load(_ml, events));

        SequenceTrainTestData split = _ml.SequenceRecommendation().SplitByTime(grouped, fraction);

        Assert.Equal(Enumerable.Range(1, expectedHistory), Assert.Single(split.TrainSet.GetColumn<int[]>("Items")));
        Assert.Equal([expectedHistory + 1], split.TestSet.GetColumn<int>("NextItem"));
    }

    [Fact]
    public void A_fraction_keeps_events_of_one_time_together()
    {
        // Times 1, 5 × 8, 9: 0.2 of the events would cut inside the fives, whose nearer side is the end.
        long[] times = [1, 5, 5, 5, 5, 5, 5, 5, 5, 9];
        IDataView grouped = Interactions.Group(_ml, Interactions.Load(_ml, times.Select((time, i) => (1, i + 1, time))));
        SequenceRecommendationCatalog recommendation = _ml.SequenceRecommendation();

        Assert.Equal([10], recommendation.SplitByTime(grouped, 0.2).TestSet.GetColumn<int>("NextItem"));
        Assert.Equal([2], recommendation.SplitByTime(grouped, 0.8).TestSet.GetColumn<int>("NextItem"));
        Assert.Equal([2], recommendation.SplitByTime(grouped, 0.99).TestSet.GetColumn<int>("NextItem"));
    }

    [Fact]
    public void A_fraction_outside_0_to_1_is_refused()
    {
        IDataView grouped = Interactions.GroupSmall(_ml);
        foreach (double fraction in new[] { 0, 1, -0.1, 1.5, double.NaN })
        {
            Assert.Throws<ArgumentOutOfRangeException>(() => _ml.SequenceRecommendation().SplitByTime(grouped, fraction));
        }
    }

    [Fact]
    public void Events_of_a_single_time_cannot_be_split_by_a_fraction()
    {
        IDataView grouped = Interactions.Group(_ml, Interactions.Load<int, int, long>(_ml, (1, 1, 5), (1, 2, 5)));
        IDataView empty = Interactions.Group(_ml, Interactions.Load<int, int, long>(_ml));

        Assert.Contains(
            "the same time for every event",
            Assert.Throws<InvalidOperationException>(() => _ml.SequenceRecommendation().SplitByTime(grouped)).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "no events",
            Assert.Throws<InvalidOperationException>(() => _ml.SequenceRecommendation().SplitByTime(empty)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Unsorted_missing_or_misaligned_times_are_refused_while_reading()
    {
        Assert.Contains("goes back in time at position 2 of row 1", ReadError([1, 2], [1, 3, 2]), StringComparison.Ordinal);
        Assert.Contains("has no time at position 1 of row 0", ReadError([1, double.NaN]), StringComparison.Ordinal);

        IDataView data = _ml.Data.LoadFromEnumerable(new[] { new Row<long> { Items = [1], Timestamps = [1, 2] } });
        IDataView test = _ml.SequenceRecommendation().SplitByTime(data, DateTime.UnixEpoch).TestSet;
        Assert.Contains(
            "1 values in 'Items' but 2 in 'Timestamps'",
            Assert.Throws<InvalidOperationException>(() => test.GetColumn<int>("NextItem").ToArray()).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Text_times_and_missing_columns_are_refused_at_once()
    {
        IDataView text = _ml.Data.LoadFromEnumerable(new[] { new Row<string> { Items = [1], Timestamps = ["now"] } });
        IDataView untimed = Interactions.Group(_ml, Interactions.Load<int, int, long>(_ml, (1, 1, 5)), byTime: false);

        Assert.Contains(
            "'Timestamps' has type Vector<String>, but an integer, floating or DateTime type is needed",
            Assert.Throws<ArgumentException>(() => _ml.SequenceRecommendation().SplitByTime(text)).Message,
            StringComparison.Ordinal);
        Assert.Equal(
            "timestampsColumnName",
            Assert.Throws<ArgumentException>(() => _ml.SequenceRecommendation().SplitByTime(untimed, DateTime.UnixEpoch)).ParamName);
    }

    private TTime[] HistoryTimes<TTime>(Func<long, TTime> at, DateTime boundary) => HistoryTimes(at, boundary, stored: time => time);

    /// <summary>The times before the boundary of one user with events at 30 and 31 seconds.</summary>
    private TStored[] HistoryTimes<TTime, TStored>(Func<long, TTime> at, DateTime boundary, Func<TTime, TStored> stored)
    {
        Assert.Equal(typeof(TStored), stored(at(30))!.GetType());
        IDataView grouped = Interactions.Group(_ml, Interactions.Load(_ml, (1, 1, at(30)), (1, 2, at(31))));
        return Assert.Single(_ml.SequenceRecommendation().SplitByTime(grouped, boundary).TestSet.GetColumn<TStored[]>("Timestamps"));
    }

    private string ReadError(params double[][] timesOfRows)
    {
        IDataView data = _ml.Data.LoadFromEnumerable(
            timesOfRows.Select(times => new Row<double> { Items = new int[times.Length], Timestamps = times }).ToArray());
        IDataView train = _ml.SequenceRecommendation().SplitByTime(data, DateTime.UnixEpoch).TrainSet;
        return Assert.Throws<InvalidOperationException>(() => train.GetColumn<int[]>("Items").ToArray()).Message;
    }

    private sealed class Row<TTime>
    {
        public int[] Items { get; set; } = [];

        public TTime[] Timestamps { get; set; } = [];
    }
}
