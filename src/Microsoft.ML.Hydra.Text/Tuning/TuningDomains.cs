using Microsoft.ML.Data;
using Microsoft.ML.Hydra.Items;

namespace Microsoft.ML.Hydra.Text.Tuning;

/// <summary>The domains of items while views are read; every new name gets the next number.</summary>
/// <param name="columnName">The column; null where there is one domain.</param>
internal sealed class TuningDomains(string? columnName)
{
    private readonly Dictionary<string, int> _numbers = new(StringComparer.Ordinal);
    private readonly Dictionary<int, int> _ofItem = [];
    private readonly HashSet<int> _stated = [];

    /// <summary>The column of a view with the domain; null where the view has none of that name, or where there is one domain.</summary>
    /// <exception cref="ArgumentException">The column holds something else.</exception>
    public DataViewSchema.Column? Find(DataViewSchema schema, string place) =>
        columnName is null || schema.GetColumnOrNull(columnName) is null ? null : DomainColumn.Find(schema, columnName, place);

    /// <summary>Takes the domain of an item from its row.</summary>
    /// <exception cref="InvalidOperationException">The row has none.</exception>
    public void State(int item, long row, DomainReader? read)
    {
        if (read is not null)
        {
            _ofItem[item] = NumberOf(read() ?? throw new InvalidOperationException(FormattableString.Invariant(
                $"Row {row} of the view of items has no domain in column \"{columnName}\" (empty text or a missing key); write the domain of the item in each row.")));
            _stated.Add(item);
        }
    }

    /// <summary>Takes the domains of items from the sequences in which they occur, where their rows state none.</summary>
    /// <param name="sequences">The view.</param>
    /// <param name="items">Its column of items.</param>
    /// <param name="domain">Its column of domains.</param>
    /// <param name="vocabulary">The items.</param>
    /// <exception cref="InvalidOperationException">A row has no domain, or an item occurs in two.</exception>
    public void ReadSequences(IDataView sequences, DataViewSchema.Column items, DataViewSchema.Column domain, ItemVocabulary vocabulary)
    {
        using DataViewRowCursor cursor = sequences.GetRowCursor([items, domain]);
        HistoryReader read = vocabulary.CreateHistoryReader(cursor, items);
        DomainReader readDomain = DomainColumn.CreateReader(cursor, domain);
        var rows = new ItemRowBuffer();
        while (cursor.MoveNext())
        {
            rows.Clear();
            read(rows);
            if (rows.Count == 0)
            {
                continue;
            }

            string name = readDomain() ?? throw new InvalidOperationException(FormattableString.Invariant(
                $"Row {cursor.Position + 1} of the sequences has no domain in column \"{columnName}\" (empty text or a missing key); write the domain in each row, or leave such rows out."));
            int number = NumberOf(name);
            foreach (int item in rows.Rows)
            {
                if (item > 0 && !_stated.Contains(item) && !_ofItem.TryAdd(item, number) && _ofItem[item] != number)
                {
                    throw new InvalidOperationException(
                        $"Item {vocabulary.NameOf(item)} occurs in sequences of the domains \"{_numbers.First(pair => pair.Value == _ofItem[item]).Key}\" and \"{name}\", and the view of items does not state its own; give the view of items a column \"{columnName}\".");
                }
            }
        }
    }

    /// <summary>The domain of each item row, [I + 1]; −1 of an item that no row and no sequence places.</summary>
    public int[] OfItems(int numberOfItems) =>
        [-1, .. Enumerable.Range(1, numberOfItems).Select(item => columnName is null ? 0 : _ofItem.GetValueOrDefault(item, -1))];

    private int NumberOf(string name)
    {
        if (!_numbers.TryGetValue(name, out int number))
        {
            _numbers.Add(name, number = _numbers.Count);
        }

        return number;
    }
}
