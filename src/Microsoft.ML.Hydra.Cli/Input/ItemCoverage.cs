using Microsoft.ML.Data;

namespace Microsoft.ML.Hydra.Cli.Input;

/// <summary>How many items of the histories a file of items has.</summary>
/// <param name="Items">Different items of the histories.</param>
/// <param name="Missing">Those that the file has not.</param>
internal sealed record ItemCoverage(int Items, int Missing)
{
    /// <exception cref="UserErrorException">The file has none of them.</exception>
    public static ItemCoverage Count(ItemTable table, IDataView sequences, CancellationToken cancellationToken)
    {
        HashSet<string> known = new(table.Ids, StringComparer.Ordinal);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        HashSet<string>.AlternateLookup<ReadOnlySpan<char>> seenSpans = seen.GetAlternateLookup<ReadOnlySpan<char>>();
        DataViewSchema.Column column = sequences.Schema["Items"];
        using DataViewRowCursor cursor = sequences.GetRowCursor([column]);
        ValueGetter<VBuffer<ReadOnlyMemory<char>>> readItems = cursor.GetGetter<VBuffer<ReadOnlyMemory<char>>>(column);
        VBuffer<ReadOnlyMemory<char>> items = default;
        while (cursor.MoveNext())
        {
            cancellationToken.ThrowIfCancellationRequested();
            readItems(ref items);
            foreach (ReadOnlyMemory<char> item in items.GetValues())
            {
                seenSpans.Add(item.Span);
            }
        }

        int missing = seen.Count(item => !known.Contains(item));
        return missing < seen.Count || seen.Count == 0 ? new ItemCoverage(seen.Count, missing) : throw new UserErrorException(FormattableString.Invariant(
            $"The {table.File.Name} has none of the {seen.Count:N0} items of --data: its column '{table.IdColumn}' has ids such as '{table.Ids.First()}', and those of --data are such as '{seen.First()}'; write the ids in the same way in both files, or name the right column with {ColumnRole.ItemOfItems.Argument}."));
    }
}
