using Microsoft.ML.Data;

namespace Microsoft.ML.Hydra.Cli.Input;

/// <summary>Interactions read from a file, one for each row, with ids as text.</summary>
/// <param name="View">Columns <see cref="User"/>, <see cref="Item"/> and, with times, <see cref="Timestamp"/>.</param>
/// <param name="TimestampColumn"><see cref="Timestamp"/>, or null when the order of the file counts.</param>
/// <param name="IncompleteRows">Rows without a user or without an item.</param>
internal sealed record Interactions(IDataView View, string? TimestampColumn, long IncompleteRows)
{
    public const string User = "UserId";
    public const string Item = "ItemId";
    public const string Timestamp = "Timestamp";

    /// <summary>One row for each user with <c>Items</c>, oldest first.</summary>
    public IDataView Group(MLContext mlContext) =>
        mlContext.SequenceRecommendation().GroupInteractions(View, User, Item, TimestampColumn);
}

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

/// <summary>The size of a set of sequences.</summary>
/// <param name="Users">Number of users, one a row.</param>
/// <param name="Items">Number of different items.</param>
/// <param name="Events">Number of events.</param>
/// <param name="UsersToTest">Users with at least two events, whose last one can be held out.</param>
internal sealed record SequenceFacts(long Users, long Items, long Events, long UsersToTest)
{
    public static SequenceFacts Count(IDataView sequences, CancellationToken cancellationToken = default)
    {
        DataViewSchema.Column column = sequences.Schema["Items"];
        using DataViewRowCursor cursor = sequences.GetRowCursor([column]);
        ValueGetter<VBuffer<ReadOnlyMemory<char>>> readItems = cursor.GetGetter<VBuffer<ReadOnlyMemory<char>>>(column);
        VBuffer<ReadOnlyMemory<char>> items = default;
        var seen = new HashSet<string>(StringComparer.Ordinal);
        HashSet<string>.AlternateLookup<ReadOnlySpan<char>> seenSpans = seen.GetAlternateLookup<ReadOnlySpan<char>>();
        long users = 0, events = 0, usersToTest = 0;
        while (cursor.MoveNext())
        {
            cancellationToken.ThrowIfCancellationRequested();
            readItems(ref items);
            users++;
            events += items.Length;
            usersToTest += items.Length > 1 ? 1 : 0;
            foreach (ReadOnlyMemory<char> item in items.GetValues())
            {
                seenSpans.Add(item.Span);
            }
        }

        return new SequenceFacts(users, seen.Count, events, usersToTest);
    }
}
