using Microsoft.ML.Data;

namespace Microsoft.ML.Hydra.Cli.Input;

/// <summary>Reads interactions from csv or tsv with the text loader of ML.NET and checks them row by row.</summary>
internal static class InteractionReader
{
    /// <param name="mlContext">The context that reads.</param>
    /// <param name="path">A .csv, .tsv or .txt file, maybe with .gz.</param>
    /// <param name="columns">Names in the header.</param>
    /// <param name="cancellationToken">Stops the check of the rows.</param>
    /// <exception cref="UserErrorException">The file, a column or a row is not as expected.</exception>
    public static Interactions Read(
        MLContext mlContext, string path, InteractionColumns columns, CancellationToken cancellationToken = default)
    {
        InteractionFile file = InteractionFile.Open(path);
        try
        {
            return Read(mlContext, file, columns, cancellationToken);
        }
#pragma warning disable CA1031 // The loader reports a broken file in many ways; all mean the same here.
        catch (Exception exception) when (exception is not (UserErrorException or OperationCanceledException))
#pragma warning restore CA1031
        {
            throw file.Explain(exception);
        }
    }

    private static Interactions Read(
        MLContext mlContext, InteractionFile file, InteractionColumns columns, CancellationToken cancellationToken)
    {
        HeaderRow header = HeaderRow.Read(mlContext, file);
        int user = header.FindRequired(columns.User, "--user-column");
        int item = header.FindRequired(columns.Item, "--item-column");
        int timestamp = columns.IsTimestampRequired
            ? header.FindRequired(columns.Timestamp, "--timestamp-column")
            : header.Find(columns.Timestamp);

        IDataView rows = Load(mlContext, file, user, item, timestamp);
        RowCheck check = RowCheck.Run(file, rows, columns.Timestamp, cancellationToken);
        return check.TimestampKind == TimestampKind.None
            ? new Interactions(rows, null, check.IncompleteRows)
            : new Interactions(TimestampConversion.Apply(mlContext, rows, check.TimestampKind), Interactions.Timestamp, check.IncompleteRows);
    }

    private static IDataView Load(MLContext mlContext, InteractionFile file, int user, int item, int timestamp)
    {
        TextLoader.Options options = file.LoaderOptions();
        var columns = new List<TextLoader.Column>
        {
            new(Interactions.User, DataKind.String, user),
            new(Interactions.Item, DataKind.String, item),
        };
        if (timestamp >= 0)
        {
            columns.Add(new(TimestampText.ColumnName, DataKind.String, timestamp));
        }

        options.Columns = [.. columns];
        return mlContext.Data.CreateTextLoader(options, file).Load(file);
    }
}

/// <summary>The column names of a file, read by the same loader as its rows, so that quotes have the same meaning.</summary>
internal sealed class HeaderRow
{
    private readonly InteractionFile _file;
    private readonly string[] _names;

    private HeaderRow(InteractionFile file, string[] names)
    {
        _file = file;
        _names = names;
    }

    public static HeaderRow Read(MLContext mlContext, InteractionFile file)
    {
        TextLoader.Options options = file.LoaderOptions();
        options.HasHeader = false;
        options.MaxRows = 1;
        options.Columns =
        [
            new TextLoader.Column { Name = "Fields", DataKind = DataKind.String, Source = [new TextLoader.Range { Min = 0, VariableEnd = true }] },
        ];
        IDataView view = mlContext.Data.CreateTextLoader(options, file).Load(file);
        using DataViewRowCursor cursor = view.GetRowCursor(view.Schema);
        VBuffer<ReadOnlyMemory<char>> fields = default;
        if (cursor.MoveNext())
        {
            cursor.GetGetter<VBuffer<ReadOnlyMemory<char>>>(view.Schema[0])(ref fields);
        }

        return new HeaderRow(file, [.. fields.DenseValues().Select(field => field.ToString().Trim())]);
    }

    /// <summary>Index of a column, by its exact name, or by the only name that differs in case alone.</summary>
    /// <returns>-1 when there is none.</returns>
    public int Find(string name)
    {
        int exact = Array.IndexOf(_names, name);
        if (exact >= 0)
        {
            return exact;
        }

        int[] similar = [.. Enumerable.Range(0, _names.Length).Where(i => _names[i].Equals(name, StringComparison.OrdinalIgnoreCase))];
        return similar.Length == 1 ? similar[0] : -1;
    }

    /// <param name="name">The column's name.</param>
    /// <param name="argument">The argument that gives another name.</param>
    /// <exception cref="UserErrorException">There is no such column.</exception>
    public int FindRequired(string name, string argument)
    {
        int index = Find(name);
        return index >= 0
            ? index
            : throw new UserErrorException(
                $"The data file '{_file.Path}' has no column '{name}'; its header has {string.Join(", ", _names.Select(found => $"'{found}'"))}; name the right one with {argument}.");
    }
}
