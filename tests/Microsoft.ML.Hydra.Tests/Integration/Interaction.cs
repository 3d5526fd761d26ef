namespace Microsoft.ML.Hydra.Tests.Integration;

/// <summary>One event of <see cref="Shelves"/>.</summary>
internal sealed class Interaction
{
    public string UserId { get; set; } = "";

    public string ItemId { get; set; } = "";

    public long Timestamp { get; set; }

    /// <summary>All events of some customers, in no order.</summary>
    public static IDataView Load(MLContext mlContext, string[][] histories)
    {
        Interaction[] events = [.. histories.SelectMany((items, customer) => items.Select((item, i) => new Interaction
        {
            UserId = $"customer {customer}",
            ItemId = item,
            Timestamp = 1_700_000_000 + (86_400 * i),
        }))];
        new Random(3).Shuffle(events);
        return mlContext.Data.LoadFromEnumerable(events);
    }
}
