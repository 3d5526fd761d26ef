namespace GettingStarted;

/// <summary>One purchase.</summary>
internal sealed record Interaction(string UserId, string ItemId, DateTime Timestamp);
