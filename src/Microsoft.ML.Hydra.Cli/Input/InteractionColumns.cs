namespace Microsoft.ML.Hydra.Cli.Input;

/// <summary>Names of the columns in the header of a file of interactions.</summary>
/// <param name="User">Column with the user.</param>
/// <param name="Item">Column with the item.</param>
/// <param name="Timestamp">Column with the time.</param>
/// <param name="IsTimestampRequired">Whether a missing time column is an error; otherwise the order of the file counts.</param>
internal sealed record InteractionColumns(
    string User = InteractionColumns.DefaultUser,
    string Item = InteractionColumns.DefaultItem,
    string Timestamp = InteractionColumns.DefaultTimestamp,
    bool IsTimestampRequired = false)
{
    public const string DefaultUser = "userId";
    public const string DefaultItem = "itemId";
    public const string DefaultTimestamp = "timestamp";
}
