using Microsoft.ML.Data;

namespace Microsoft.ML.Hydra.Cli.Input;

/// <summary>Reads what a file says of items: their ids, words and numbers. A first pass decides what each column holds, a second one reads the cells.</summary>
internal sealed class ItemFile
{
    private const string Fields = "Fields";
    private const int RowsBetweenCancellationChecks = 1 << 12;

    private readonly TableFile _file;
    private readonly IDataView _rows;
    private readonly FoundColumn _id;
    private readonly ItemColumn[] _columns;
    private readonly CancellationToken _cancellationToken;
    private FoundColumn? _domain;

    private ItemFile(TableFile file, IDataView rows, FoundColumn id, ItemColumn[] columns, CancellationToken cancellationToken)
    {
        _file = file;
        _rows = rows;
        _id = id;
        _columns = columns;
        _cancellationToken = cancellationToken;
    }

    /// <param name="mlContext">The context that reads.</param>
    /// <param name="file">A file of <see cref="TableKind.Items"/>.</param>
    /// <param name="columns">Which columns are used.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <exception cref="UserErrorException">The file, a column or a row is not as expected.</exception>
    public static ItemTable Read(MLContext mlContext, TableFile file, ItemColumnChoice columns, CancellationToken cancellationToken = default)
    {
        try
        {
            HeaderRow header = HeaderRow.Read(mlContext, file);
            FoundColumn id = header.FindRequired(ColumnRole.ItemOfItems, columns.Id);
            FoundColumn? domain = columns.Domain is null ? null : header.FindRequired(ColumnRole.Domain, columns.Domain);
            TextLoader.Options options = file.LoaderOptions();
            options.Columns = [new TextLoader.Column(Fields, DataKind.String, 0, header.Names.Count - 1)];
            IDataView rows = mlContext.Data.CreateTextLoader(options, file).Load(file);
            return new ItemFile(file, rows, id, columns.Choose(file, header.Names, id, domain), cancellationToken) { _domain = domain }.Read(mlContext, header);
        }
#pragma warning disable CA1031 // The loader reports a broken file in many ways; all mean the same here.
        catch (Exception exception) when (exception is not (UserErrorException or OperationCanceledException))
#pragma warning restore CA1031
        {
            throw file.Explain(exception);
        }
    }

    private ItemTable Read(MLContext mlContext, HeaderRow header)
    {
        long withoutId = CheckRows();
        ItemColumn[] words = [.. _columns.Where(column => column.IsUsed && !column.IsNumber)];
        ItemColumn[] numbers = [.. _columns.Where(column => column.IsUsed && column.IsNumber)];
        if (words.Length + numbers.Length == 0)
        {
            throw new UserErrorException(
                $"The {_file.Name} has no column that says something of the items; expected words or numbers beside the item '{_id.Name}', but its header, split at {FileFormat.NameOf(_file.Separator)}, has {ColumnNames.List(header.Names)}{(_columns.Any(column => column.IsUsable) ? ", and every other cell is empty" : string.Empty)}. Add such a column, or give the separator with {_file.Name.Kind.SeparatorArgument}.");
        }

        var rows = new List<ItemRow>();
        ForEachRow((row, id, cells) => rows.Add(new ItemRow
        {
            ItemId = id.ToString(),
            Domain = _domain is null ? string.Empty : DomainOf(row, cells[_domain.Index]),
            Text = [.. words.Select(column => cells[column.Index].Trim().ToString())],
            Features = [.. numbers.Select(column => ItemColumn.NumberOf(cells[column.Index].Span))],
        }));
        return new ItemTable(mlContext, _file, rows)
        {
            IdColumn = _id.Name,
            WordColumns = [.. words.Select(column => column.Name)],
            NumberColumns = [.. numbers.Select(column => column.Name)],
            LeftOut = [.. _columns.Where(column => !column.IsUsed).Select(column => column.Name)],
            HasDomains = _domain is not null,
            RowsWithoutId = withoutId,
            Hints = [.. _columns.Select(column => column.Hint(rows.Count)).OfType<string>()],
        };
    }

    private string DomainOf(long row, ReadOnlyMemory<char> cell) => cell.Trim() is { IsEmpty: false } domain
        ? domain.ToString()
        : throw new UserErrorException(FormattableString.Invariant(
            $"Row {row} of the {_file.Name} (the header not counted) has no domain in the column '{_domain!.Name}'; write one in each row."));

    /// <summary>Finds what the columns hold.</summary>
    /// <returns>The number of rows without an item.</returns>
    private long CheckRows()
    {
        var seen = new Dictionary<string, long>(StringComparer.Ordinal);
        long all = ForEachRow((row, id, cells) =>
        {
            if (!seen.TryAdd(id.ToString(), row))
            {
                throw new UserErrorException(FormattableString.Invariant(
                    $"Rows {seen[id.ToString()]} and {row} of the {_file.Name} (the header not counted) both have '{id}' in the column '{_id.Name}'; expected one row for each item. Leave one of them out, or name the column of the item with {ColumnRole.ItemOfItems.Argument}."));
            }

            foreach (ItemColumn column in _columns)
            {
                column.Add(cells[column.Index].Span, row);
            }
        });
        return seen.Count > 0 ? all - seen.Count : throw new UserErrorException(all == 0
            ? $"The {_file.Name} has a header and no rows."
            : $"No row of the {_file.Name} has an item in the column '{_id.Name}'; name the column of the item with {ColumnRole.ItemOfItems.Argument}.");
    }

    /// <param name="use">Receives the rows that have an item: the place of the row from 1, the item and all cells.</param>
    /// <returns>The number of rows.</returns>
    private long ForEachRow(Action<long, ReadOnlyMemory<char>, ReadOnlyMemory<char>[]> use)
    {
        using DataViewRowCursor cursor = _rows.GetRowCursor(_rows.Schema);
        ValueGetter<VBuffer<ReadOnlyMemory<char>>> read = cursor.GetGetter<VBuffer<ReadOnlyMemory<char>>>(_rows.Schema[Fields]);
        VBuffer<ReadOnlyMemory<char>> fields = default;
        var cells = new ReadOnlyMemory<char>[((VectorDataViewType)_rows.Schema[Fields].Type).Size];
        long row = 0;
        while (cursor.MoveNext())
        {
            if (row++ % RowsBetweenCancellationChecks == 0)
            {
                _cancellationToken.ThrowIfCancellationRequested();
            }

            read(ref fields);
            fields.CopyTo(cells);
            ReadOnlyMemory<char> id = cells[_id.Index].Trim();
            if (!id.IsEmpty)
            {
                use(row, id, cells);
            }
        }

        return row;
    }
}
