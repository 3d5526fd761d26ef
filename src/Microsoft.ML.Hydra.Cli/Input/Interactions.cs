using Microsoft.ML.Data;

namespace Microsoft.ML.Hydra.Cli.Input;

/// <summary>Interactions read from a file, one for each row, with ids as text.</summary>
/// <param name="View">Columns <see cref="User"/>, <see cref="Item"/> and, with times, <see cref="Timestamp"/>. A row without a time has no user either, so that it is skipped.</param>
/// <param name="File">Where they are from.</param>
/// <param name="Check">What the rows hold.</param>
internal sealed record Interactions(IDataView View, TableFile File, RowCheck Check)
{
    public const string User = "UserId";
    public const string Item = "ItemId";
    public const string Timestamp = "Timestamp";

    /// <summary>The column of the domain, of interactions, sequences and items.</summary>
    public const string Domain = "Domain";

    /// <summary>The column of the file with the user.</summary>
    public required string UserColumn { get; init; }

    /// <summary>The column of the file with the item.</summary>
    public required string ItemColumn { get; init; }

    /// <summary>The column of the file with the time, or null when the order of the rows counts.</summary>
    public string? TimestampColumn { get; init; }

    /// <summary>The column of the file with the domain, or null for one domain.</summary>
    public string? DomainColumn { get; init; }

    /// <summary>Without a time column, the columns that are not used.</summary>
    public IReadOnlyList<string> OtherColumns { get; init; } = [];

    /// <summary>One row for each user, and with domains for each user in each domain, with <c>Items</c>, oldest first.</summary>
    public IDataView Group(MLContext mlContext) => Group(mlContext, dropRepeats: false, out _);

    /// <summary>As <see cref="Group(MLContext)"/>, with a report in terms of the file.</summary>
    /// <param name="mlContext">The context that groups.</param>
    /// <param name="dropRepeats">Whether copies and consecutive repeats are left out.</param>
    /// <param name="report">What was read.</param>
    public IDataView Group(MLContext mlContext, bool dropRepeats, out InteractionReport report)
    {
        var options = new InteractionGroupingOptions
        {
            UserColumnName = User,
            ItemColumnName = Item,
            TimestampColumnName = TimestampColumn is null ? null : Timestamp,
            DomainColumnName = DomainColumn is null ? null : Domain,
            DropRepeats = dropRepeats,
        };
        IDataView sequences = mlContext.SequenceRecommendation().GroupInteractions(View, options, out InteractionReport found);
        report = found with
        {
            UserColumnName = UserColumn,
            ItemColumnName = ItemColumn,
            TimestampColumnName = TimestampColumn,
            NumberOfRowsWithoutUser = Check.WithoutUser,
            NumberOfRowsWithoutItem = Check.WithoutItem,
            NumberOfRowsWithoutTime = Check.WithoutTime,
        };
        return sequences;
    }
}

/// <summary>The columns of a file of interactions, by name or, from 1, by position; null for a column with a usual name.</summary>
/// <param name="User">Column with the user.</param>
/// <param name="Item">Column with the item.</param>
/// <param name="Timestamp">Column with the time; where none is given or found, the order of the file counts.</param>
/// <param name="Domain">Column with the domain; null for one domain.</param>
internal sealed record InteractionColumns(string? User = null, string? Item = null, string? Timestamp = null, string? Domain = null)
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
