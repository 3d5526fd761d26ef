namespace Microsoft.ML.Hydra.Cli.Input;

/// <summary>Interactions read from a file, one a row, with ids as text.</summary>
/// <param name="View">Columns <see cref="User"/>, <see cref="Item"/> and, with times, <see cref="Timestamp"/>.</param>
/// <param name="TimestampColumn"><see cref="Timestamp"/>, or null when the order of the file counts.</param>
/// <param name="IncompleteRows">Rows without a user or without an item.</param>
internal sealed record Interactions(IDataView View, string? TimestampColumn, long IncompleteRows)
{
    public const string User = "UserId";
    public const string Item = "ItemId";
    public const string Timestamp = "Timestamp";

    /// <summary>A row a user with <c>Items</c>, oldest first.</summary>
    public IDataView Group(MLContext mlContext) =>
        mlContext.SequenceRecommendation().GroupInteractions(View, User, Item, TimestampColumn);
}
