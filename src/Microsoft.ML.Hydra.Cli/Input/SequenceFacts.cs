using Microsoft.ML.Data;

namespace Microsoft.ML.Hydra.Cli.Input;

/// <summary>What a set of sequences holds.</summary>
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
