using Microsoft.ML.Data;
using Microsoft.ML.Hydra.Sequences;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Sequences;

public sealed class InteractionGroupingTests
{
    private readonly MLContext _ml = new(1);

    [Fact]
    public void Users_come_in_the_order_of_their_first_row_and_events_by_time()
    {
        IDataView grouped = Interactions.Group(_ml, Interactions.Load<string, string, long>(
            _ml, ("u2", "c", 30), ("u1", "x", 5), ("u2", "a", 10), ("u2", "b", 20)));

        Assert.Equal(["UserId", "Items", "Timestamps"], grouped.Schema.Select(column => column.Name));
        Assert.Equal(["u2", "u1"], grouped.GetColumn<string>("UserId"));
        Assert.Equal([["a", "b", "c"], ["x"]], grouped.GetColumn<string[]>("Items"));
        Assert.Equal([[10, 20, 30], [5]], grouped.GetColumn<long[]>("Timestamps"));
    }

    [Fact]
    public void Ties_keep_the_order_of_their_rows()
    {
        IEnumerable<(int, int, double)> events = Enumerable.Range(1, 300).Select(i => (1, i, (double)(-i % 3)));

        IDataView grouped = Interactions.Group(_ml, Interactions.Load(_ml, events));

        Assert.Equal(Enumerable.Range(1, 300).OrderBy(i => -i % 3), Assert.Single(grouped.GetColumn<int[]>("Items")));
    }

    [Fact]
    public void Without_a_timestamp_column_the_input_order_stays_and_no_timestamps_appear()
    {
        IDataView grouped = Interactions.Group(_ml, Interactions.Load<int, int, long>(_ml, (1, 5, 9), (1, 4, 8), (1, 5, 7)), byTime: false);

        Assert.Equal([[5, 4, 5]], grouped.GetColumn<int[]>("Items"));
        Assert.Null(grouped.Schema.GetColumnOrNull("Timestamps"));
    }

    [Fact]
    public void Every_integer_type_stays_what_it_is()
    {
        AssertIds<sbyte>(-3, 5);
        AssertIds<byte>(3, 255);
        AssertIds<short>(-3, 500);
        AssertIds<ushort>(3, 65535);
        AssertIds<int>(-3, int.MaxValue);
        AssertIds<uint>(3, uint.MaxValue);
        AssertIds<long>(long.MinValue, long.MaxValue);
        AssertIds<ulong>(3, ulong.MaxValue);
    }

    [Fact]
    public void Keys_map_back_to_their_values_after_grouping()
    {
        IDataView interactions = Interactions.Load<string, string, long>(_ml, ("ann", "tea", 2), ("bob", "milk", 1), ("ann", "milk", 1));
        IDataView keyed = _ml.Transforms.Conversion.MapValueToKey("UserId").Append(_ml.Transforms.Conversion.MapValueToKey("ItemId"))
            .Fit(interactions).Transform(interactions);

        IDataView grouped = Interactions.Group(_ml, keyed);
        IDataView mapped = _ml.Transforms.Conversion.MapKeyToValue("UserId").Append(_ml.Transforms.Conversion.MapKeyToValue("Items"))
            .Fit(grouped).Transform(grouped);

        Assert.Equal(keyed.Schema["ItemId"].Type, ((VectorDataViewType)grouped.Schema["Items"].Type).ItemType);
        Assert.Equal(["ann", "bob"], mapped.GetColumn<string>("UserId"));
        Assert.Equal([["milk", "tea"], ["milk"]], mapped.GetColumn<string[]>("Items"));
    }

    [Fact]
    public void Rows_without_a_user_an_item_or_a_time_are_skipped_and_counted_in_one_warning()
    {
        List<string> warnings = [];
        _ml.Log += (_, e) =>
        {
            if (e.Kind == Microsoft.ML.Runtime.ChannelMessageKind.Warning)
            {
                warnings.Add(e.Message);
            }
        };

        IDataView grouped = Interactions.Group(_ml, Interactions.Load<string, int, double>(
            _ml, ("", 1, 1), ("a", 0, 1), ("b", 2, double.NaN), ("b", 3, 4), ("", 0, 1)));

        Assert.Equal(["b"], grouped.GetColumn<string>("UserId"));
        Assert.Equal([[3]], grouped.GetColumn<int[]>("Items"));
        Assert.Contains("Skipped 4 of 5 interactions: 2 without a user, 1 without an item, 1 without a time.", Assert.Single(warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void Missing_keys_and_zero_dates_are_skipped_but_the_user_0_is_a_user()
    {
        IDataView interactions = Interactions.Load<int, string, DateTime>(
            _ml, (0, "a", new DateTime(2024, 1, 1)), (0, "unknown", new DateTime(2024, 1, 2)), (0, "b", default), (0, "b", new DateTime(2023, 1, 1)));
        IDataView known = Interactions.Load<int, string, DateTime>(_ml, (0, "a", default), (0, "b", default));
        IDataView keyed = _ml.Transforms.Conversion.MapValueToKey("ItemId").Fit(known).Transform(interactions);

        IDataView grouped = Interactions.Group(_ml, keyed);

        Assert.Equal([0], grouped.GetColumn<int>("UserId"));
        Assert.Equal([[2u, 1u]], grouped.GetColumn<uint[]>("Items"));
        Assert.Equal([[new DateTime(2023, 1, 1), new DateTime(2024, 1, 1)]], grouped.GetColumn<DateTime[]>("Timestamps"));
    }

    [Fact]
    public void Timestamps_are_kept_as_Int64_Double_or_DateTime()
    {
        var noon = new DateTime(2024, 5, 1, 12, 0, 0, DateTimeKind.Utc);
        Assert.Equal([7L, 9L], Times<int, long>(9, 7));
        Assert.Equal([7L, 9L], Times<byte, long>(9, 7));
        Assert.Equal([7L, 9L], Times<uint, long>(9, 7));
        Assert.Equal([7L, long.MaxValue], Times<ulong, long>(long.MaxValue, 7));
        Assert.Equal([7.5, 9], Times<float, double>(9, 7.5f));
        Assert.Equal([-7.5, 9], Times<double, double>(9, -7.5));
        Assert.Equal([noon, noon.AddTicks(1)], Times<DateTime, DateTime>(noon.AddTicks(1), noon));
        Assert.Equal(
            [noon.AddHours(-2), noon],
            Times<DateTimeOffset, DateTime>(new DateTimeOffset(noon), new DateTimeOffset(2024, 5, 1, 13, 0, 0, TimeSpan.FromHours(3))));
    }

    [Fact]
    public void A_UInt64_time_beyond_Int64_is_refused_by_name()
    {
        InvalidOperationException error = Assert.Throws<InvalidOperationException>(() => Times<ulong, long>(1, ulong.MaxValue));

        Assert.Contains("'Timestamp' holds 18446744073709551615", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Types_that_are_not_ids_are_refused_with_a_remedy()
    {
        ArgumentException user = Assert.Throws<ArgumentException>(
            () => Interactions.Group(_ml, Interactions.Load<float, int, long>(_ml, (1, 1, 1))));
        ArgumentException item = Assert.Throws<ArgumentException>(
            () => Interactions.Group(_ml, Interactions.Load<int, bool, long>(_ml, (1, true, 1))));
        ArgumentException vector = Assert.Throws<ArgumentException>(
            () => Interactions.Group(_ml, Interactions.Load<int, int[], long>(_ml, (1, [1, 2], 1))));

        Assert.StartsWith("The user column 'UserId' has type Single, but text, an integer type or a key is needed", user.Message, StringComparison.Ordinal);
        Assert.Contains("MapValueToKey", user.Message, StringComparison.Ordinal);
        Assert.Contains("'ItemId' has type Boolean", item.Message, StringComparison.Ordinal);
        Assert.Contains("'ItemId' has type Vector<Int32>", vector.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_text_timestamp_is_refused_with_a_remedy()
    {
        ArgumentException error = Assert.Throws<ArgumentException>(
            () => Interactions.Group(_ml, Interactions.Load<int, int, string>(_ml, (1, 1, "2024-01-01"))));

        Assert.Contains("'Timestamp' has type String", error.Message, StringComparison.Ordinal);
        Assert.Contains("LoadColumn", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_column_is_named_with_the_existing_ones()
    {
        IDataView interactions = Interactions.Load<int, int, long>(_ml, (1, 1, 1));
        SequenceRecommendationCatalog recommendation = _ml.SequenceRecommendation();

        ArgumentException item = Assert.Throws<ArgumentException>(() => recommendation.GroupInteractions(interactions, "UserId", "Product"));
        ArgumentException time = Assert.Throws<ArgumentException>(() => recommendation.GroupInteractions(interactions, timestampColumnName: "When"));

        Assert.Equal("itemColumnName", item.ParamName);
        Assert.Contains("'Product' is not in the data, which has 'UserId', 'ItemId', 'Timestamp'", item.Message, StringComparison.Ordinal);
        Assert.Equal("timestampColumnName", time.ParamName);
        Assert.Throws<ArgumentException>(() => recommendation.GroupInteractions(interactions, userColumnName: ""));
    }

    [Fact]
    public void A_user_column_named_as_a_column_of_the_result_is_refused()
    {
        IDataView interactions = Interactions.Load<int, int, long>(_ml, (1, 1, 1));
        IDataView renamed = _ml.Transforms.CopyColumns("Items", "UserId").Fit(interactions).Transform(interactions);

        ArgumentException error = Assert.Throws<ArgumentException>(() => _ml.SequenceRecommendation().GroupInteractions(renamed, "Items"));

        Assert.Contains("'Items'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void More_events_than_fit_are_refused()
    {
        IDataView interactions = Interactions.Load<int, int, long>(_ml, (1, 1, 1), (1, 0, 2), (2, 1, 3), (1, 1, 4));

        IDataView three = InteractionGrouping.Group(_ml, interactions, new InteractionGroupingOptions(), out _, maximumNumberOfEvents: 3);
        InvalidOperationException error = Assert.Throws<InvalidOperationException>(
            () => InteractionGrouping.Group(_ml, interactions, new InteractionGroupingOptions(), out _, maximumNumberOfEvents: 2));

        Assert.Equal(2, three.GetRowCount());
        Assert.Contains("more than 2 events", error.Message, StringComparison.Ordinal);
        Assert.Equal(InteractionEvents.MaximumCount, Array.MaxLength);
    }

    [Fact]
    public void Without_interactions_there_are_no_rows()
    {
        IDataView grouped = Interactions.Group(_ml, Interactions.Load<int, string, long>(_ml));

        Assert.Equal(0, grouped.GetRowCount());
        Assert.Empty(grouped.GetColumn<string[]>("Items"));
    }

    private void AssertIds<T>(T first, T second)
        where T : struct
    {
        IDataView grouped = Interactions.Group(_ml, Interactions.Load<T, T, long>(
            _ml, (first, second, 2), (first, first, 1), (second, second, 3), (first, default, 1), (default, first, 1)));

        Assert.Equal([first, second, default], grouped.GetColumn<T>("UserId"));
        Assert.Equal([[first, second], [second], [first]], grouped.GetColumn<T[]>("Items"));
    }

    private TTime[] Times<TRaw, TTime>(TRaw first, TRaw second)
    {
        IDataView grouped = Interactions.Group(_ml, Interactions.Load<int, int, TRaw>(_ml, (1, 1, first), (1, 2, second)));
        return Assert.Single(grouped.GetColumn<TTime[]>("Timestamps"));
    }
}
