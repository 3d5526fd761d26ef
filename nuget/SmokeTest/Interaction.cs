/// <summary>One row of the data: who took what, and when.</summary>
internal sealed class Interaction
{
    public string UserId { get; set; } = "";

    public string ItemId { get; set; } = "";

    public long Timestamp { get; set; }
}
