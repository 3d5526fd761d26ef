namespace Microsoft.ML.Hydra.Tests.Sequences;

internal static class Interactions
{
    public static IDataView Load<TUser, TItem, TTime>(MLContext ml, params IEnumerable<(TUser User, TItem Item, TTime Time)> events) =>
        ml.Data.LoadFromEnumerable(
            events.Select(e => new Interaction<TUser, TItem, TTime> { UserId = e.User, ItemId = e.Item, Timestamp = e.Time }).ToArray());

    public static IDataView Group(MLContext ml, IDataView interactions, bool byTime = true) =>
        ml.SequenceRecommendation().GroupInteractions(interactions, timestampColumnName: byTime ? "Timestamp" : null);

    /// <summary>Three users with 3, 2 and 1 events at times 10, 20, … in the order of the ids of the items.</summary>
    public static IDataView GroupSmall(MLContext ml) => Group(ml, Load<long, int, long>(
        ml, (7, 1, 10), (8, 2, 20), (7, 3, 30), (9, 4, 40), (8, 5, 50), (7, 6, 60)));
}
