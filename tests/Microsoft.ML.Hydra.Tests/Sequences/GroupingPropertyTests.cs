using CsCheck;
using Microsoft.ML.Data;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Sequences;

/// <summary>Grouping and splitting against LINQ on random events.</summary>
public sealed class GroupingPropertyTests
{
    private static readonly Gen<(string User, int Item, long Time)[]> Events =
        Gen.Select(Gen.Int[1, 8], Gen.Int[1, 20], Gen.Long[0, 12], (user, item, time) => ($"u{user}", item, time)).Array[1, 80];

    private readonly MLContext _ml = new(1);

    [Fact]
    public void Grouping_is_a_stable_sort_within_groups() => Events.Sample(
        events =>
        {
            IDataView grouped = Interactions.Group(_ml, Interactions.Load(_ml, events));

            Assert.Equal(Reference(events).Select(user => user[0].User), grouped.GetColumn<string>("UserId"));
            Assert.Equal(Reference(events).Select(user => user.Select(e => e.Item).ToArray()), grouped.GetColumn<int[]>("Items"));
            Assert.Equal(Reference(events).Select(user => user.Select(e => e.Time).ToArray()), grouped.GetColumn<long[]>("Timestamps"));
        },
        iter: 200,
        threads: 1);

    [Fact]
    public void Leave_last_out_loses_no_event() => Events.Sample(
        events =>
        {
            SequenceTrainTestData split = _ml.SequenceRecommendation().SplitLeaveLastOut(
                Interactions.Group(_ml, Interactions.Load(_ml, events)));

            int trained = split.TrainSet.GetColumn<int[]>("Items").Sum(items => items.Length);
            Assert.Equal(events.Length, trained + split.TestSet.GetColumn<int>("NextItem").Count());
            Assert.Equal(
                Reference(events).Where(user => user.Length > 1).Select(user => user[^1].Item),
                split.TestSet.GetColumn<int>("NextItem"));
        },
        iter: 100,
        threads: 1);

    [Fact]
    public void A_split_by_time_holds_out_every_event_from_the_boundary() => Gen.Select(Events, Gen.Int[0, 13]).Sample(
        (events, boundary) =>
        {
            SequenceTrainTestData split = _ml.SequenceRecommendation().SplitByTime(
                Interactions.Group(_ml, Interactions.Load(_ml, events)), DateTime.UnixEpoch.AddSeconds(boundary));

            int[][] histories = [.. Reference(events).Select(user => user.Where(e => e.Time < boundary).Select(e => e.Item).ToArray())];
            Assert.Equal(histories.Where(items => items.Length > 0), split.TrainSet.GetColumn<int[]>("Items"));
            Assert.Equal(
                Reference(events).Where(user => user[0].Time < boundary && user[^1].Time >= boundary).Select(user => user.First(e => e.Time >= boundary).Item),
                split.TestSet.GetColumn<int>("NextItem"));
        },
        iter: 100,
        threads: 1);

    private static (string User, int Item, long Time)[][] Reference((string User, int Item, long Time)[] events) =>
        [.. events.GroupBy(e => e.User).Select(user => user.OrderBy(e => e.Time).ToArray())];
}
