namespace Microsoft.ML.Hydra;

/// <summary>How <see cref="SequenceRecommendationCatalog.GroupInteractions(IDataView, InteractionGroupingOptions)"/> reads interactions.</summary>
public sealed class InteractionGroupingOptions
{
    /// <summary>Column with the user: text, an integer type or a key. Rows without one are skipped. The default is <c>UserId</c>.</summary>
    public string UserColumnName { get; set; } = "UserId";

    /// <summary>
    /// Column with the item: text, an integer type or a key. Rows without one (empty text, a missing key, the integer 0) are skipped.
    /// The default is <c>ItemId</c>.
    /// </summary>
    public string ItemColumnName { get; set; } = "ItemId";

    /// <summary>
    /// Column with the time: an integer, floating or DateTime type. Rows without one (NaN, the zero DateTime) are skipped. With
    /// <see langword="null"/>, the default, the order of the rows is the order of the events.
    /// </summary>
    public string? TimestampColumnName { get; set; }

    /// <summary>
    /// Column with the domain of an event, such as a shop: text, an integer type or a key. With it there is a row for each user in each domain, with the events
    /// there, and the result has the column too. Each row must have a domain. The default is <see langword="null"/>: there is a row for each user.
    /// </summary>
    public string? DomainColumnName { get; set; }

    /// <summary>
    /// Whether an event is left out that repeats the item of the user's event before it, and a copy of an event with the same user, item and
    /// time. The first of them stays. The default is <see langword="false"/>.
    /// </summary>
    public bool DropRepeats { get; set; }
}
