using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Sequences;

public sealed class InteractionReportTests
{
    private readonly MLContext _ml = new(1);

    [Fact]
    public void The_report_counts_rows_users_items_ties_copies_and_skipped_rows()
    {
        (_, InteractionReport report) = Group(
            new InteractionGroupingOptions { TimestampColumnName = "Timestamp" },
            ("a", "x", 5.0), ("a", "y", 5), ("a", "x", 5), ("a", "z", 9), ("b", "x", 5), ("b", "x", 7), ("b", "x", 7), ("", "x", 1), ("b", "", 1), ("b", "x", double.NaN));

        Assert.Equal(
            new InteractionReport
            {
                UserColumnName = "UserId",
                ItemColumnName = "ItemId",
                TimestampColumnName = "Timestamp",
                NumberOfRows = 10,
                NumberOfUsers = 2,
                NumberOfItems = 3,
                NumberOfEvents = 7,
                FirstTime = 5.0,
                LastTime = 9.0,
                NumberOfTies = 3,
                NumberOfExactDuplicates = 2,
                NumberOfRepeats = 2,
                NumberOfRowsWithoutUser = 1,
                NumberOfRowsWithoutItem = 1,
                NumberOfRowsWithoutTime = 1,
            },
            report);
        Assert.Equal(
            "10 rows: 2 users ('UserId'), 3 items ('ItemId'), 7 events; skipped rows: 3 (1 without a user, 1 without an item, 1 without a time)\n"
            + "Order: by 'Timestamp', from 5 to 9; ties in time: 3, exact duplicates (user, item, time): 2",
            report.ToString());
    }

    [Fact]
    public void Without_a_time_column_the_order_of_the_rows_is_said()
    {
        (_, InteractionReport report) = Group(new InteractionGroupingOptions(), ("a", "x", 9.0), ("a", "x", 5), ("a", "y", 5));

        Assert.Null(report.TimestampColumnName);
        Assert.Null(report.FirstTime);
        Assert.Equal((0, 0, 1), (report.NumberOfTies, report.NumberOfExactDuplicates, report.NumberOfRepeats));
        Assert.EndsWith("Order: that of the rows, because no column gives the time; consecutive repeats of an item: 1", report.ToString(), StringComparison.Ordinal);
        Assert.Empty(report.Warnings);
    }

    [Fact]
    public void The_report_is_in_the_log_once_as_information()
    {
        List<string> lines = [];
        _ml.Log += (_, e) =>
        {
            if (e.Kind == ChannelMessageKind.Info)
            {
                lines.Add(e.RawMessage);
            }
        };
        (_, InteractionReport report) = Group(new InteractionGroupingOptions(), ("a", "x", 9.0), ("a", "y", 5));

        Assert.Equal(report.ToString().Split('\n'), lines);
    }

    [Fact]
    public void Repeats_and_copies_are_dropped_with_their_times()
    {
        // b's first five events are at one time: the copies of x and y are no consecutive repeats.
        (IDataView sequences, InteractionReport report) = Group(
            new InteractionGroupingOptions { TimestampColumnName = "Timestamp", DropRepeats = true },
            ("a", "x", 2.0), ("a", "x", 1), ("a", "y", 3), ("a", "x", 4), ("b", "x", 1), ("b", "y", 1), ("b", "x", 1), ("b", "y", 1), ("b", "y", 2), ("c", "z", 0));

        Assert.Equal(["a", "b", "c"], sequences.GetColumn<string>("UserId"));
        Assert.Equal([["x", "y", "x"], ["x", "y"], ["z"]], sequences.GetColumn<string[]>("Items"));
        Assert.Equal([[1, 3, 4], [1, 1], [0]], sequences.GetColumn<double[]>("Timestamps"));
        Assert.Equal((10, 6, 4, 2), (report.NumberOfRows, report.NumberOfEvents, report.NumberOfDroppedRepeats, report.NumberOfExactDuplicates));
        Assert.EndsWith("; repeats dropped: 4", report.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Without_times_only_consecutive_repeats_are_dropped()
    {
        (IDataView sequences, InteractionReport report) = Group(
            new InteractionGroupingOptions { DropRepeats = true }, ("a", "x", 0.0), ("b", "x", 0), ("a", "x", 0), ("a", "y", 0), ("a", "x", 0));

        Assert.Equal([["x", "y", "x"], ["x"]], sequences.GetColumn<string[]>("Items"));
        Assert.Equal(1, report.NumberOfDroppedRepeats);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(40)]
    public void Copies_are_counted_alike_in_short_and_long_groups_of_one_time(int different)
    {
        IEnumerable<(string, string, double)> once = Enumerable.Range(0, different).Select(i => ("a", $"i{i}", 7.0));
        (IDataView sequences, InteractionReport report) = Group(
            new InteractionGroupingOptions { TimestampColumnName = "Timestamp", DropRepeats = true }, [.. once, .. once.Reverse(), ("a", "other", 8)]);

        Assert.Equal((different, (2 * different) - 1), (report.NumberOfExactDuplicates, report.NumberOfTies));
        Assert.Equal(different + 1, Assert.Single(sequences.GetColumn<string[]>("Items")).Length);
    }

    [Theory]
    [InlineData(1.6e18, true)]      // nanoseconds: neighbours are 256 apart
    [InlineData(1.6e15, false)]     // microseconds
    [InlineData(1.6e9, false)]
    [InlineData(9e307, false)]      // no time since 1970
    public void Floating_times_that_are_not_exact_are_a_warning(double time, bool isWarned)
    {
        (_, InteractionReport report) = Group(
            new InteractionGroupingOptions { TimestampColumnName = "Timestamp" }, ("a", "x", time), ("a", "y", time + 1), ("a", "z", time + 2));

        Assert.Equal(isWarned, report.Warnings.Any(warning => warning.Contains("not exact above 2^53", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData(1_700_000_000, 1_700_000_001_000, true)]
    [InlineData(1_700_000_000_000, 1_700_000_001_000_000, true)]
    [InlineData(100_000_001, 4_000_000_000, false)]
    [InlineData(1_500_000_000_000, 1_700_000_001_000, false)]
    [InlineData(1, 1_700_000_000, false)]
    [InlineData(1, 2, false)]
    public void Mixed_units_of_time_are_a_warning_with_first_and_last_time(long first, long last, bool isMixed)
    {
        IDataView interactions = Interactions.Load<string, string, long>(_ml, ("a", "x", first), ("a", "y", last));
        _ml.SequenceRecommendation().GroupInteractions(
            interactions, new InteractionGroupingOptions { TimestampColumnName = "Timestamp" }, out InteractionReport report);

        Assert.Equal(isMixed, report.HasMixedTimeUnits);
        Assert.Equal(isMixed ? 1 : 0, report.Warnings.Count);
        Assert.All(report.Warnings, warning =>
        {
            Assert.Contains(FormattableString.Invariant($"from {first} (20"), warning, StringComparison.Ordinal);
            Assert.Contains(FormattableString.Invariant($"to {last} (20"), warning, StringComparison.Ordinal);
        });
    }

    [Fact]
    public void Dates_are_reported_as_dates()
    {
        IDataView interactions = Interactions.Load<string, string, DateTime>(_ml, ("a", "x", new DateTime(2024, 5, 6)), ("a", "y", new DateTime(2023, 1, 2, 3, 4, 5)));
        _ml.SequenceRecommendation().GroupInteractions(
            interactions, new InteractionGroupingOptions { TimestampColumnName = "Timestamp" }, out InteractionReport report);

        Assert.Equal(new DateTime(2023, 1, 2, 3, 4, 5), report.FirstTime);
        Assert.Contains("from 2023-01-02 03:04:05 to 2024-05-06 00:00:00", report.ToString(), StringComparison.Ordinal);
    }

    private (IDataView Sequences, InteractionReport Report) Group(
        InteractionGroupingOptions options, params IEnumerable<(string, string, double)> events)
    {
        IDataView sequences = _ml.SequenceRecommendation().GroupInteractions(Interactions.Load(_ml, events), options, out InteractionReport report);
        return (sequences, report);
    }
}
