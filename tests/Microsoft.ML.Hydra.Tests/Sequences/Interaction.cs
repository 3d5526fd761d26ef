namespace Microsoft.ML.Hydra.Tests.Sequences;

/// <summary>One event; tests choose the types of its three columns.</summary>
internal sealed class Interaction<TUser, TItem, TTime>
{
    public TUser UserId { get; set; } = default!;

    public TItem ItemId { get; set; } = default!;

    public TTime Timestamp { get; set; } = default!;
}
