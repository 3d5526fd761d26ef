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
        MLContext mlContext, string path, InteractionColumns columns, CancellationToken cancellationToken = default) =>
        Read(mlContext, TableFile.Open(path), columns, cancellationToken);

    /// <inheritdoc cref="Read(MLContext, string, InteractionColumns, CancellationToken)"/>
    public static Interactions Read(
        MLContext mlContext, TableFile file, InteractionColumns columns, CancellationToken cancellationToken = default)
    {
        try
        {
            return ReadChecked(mlContext, file, columns, cancellationToken);
        }
#pragma warning disable CA1031 // The loader reports a broken file in many ways; all mean the same here.
        catch (Exception exception) when (exception is not (UserErrorException or OperationCanceledException))
#pragma warning restore CA1031
        {
            throw file.Explain(exception);
        }
    }

    private static Interactions ReadChecked(
        MLContext mlContext, TableFile file, InteractionColumns columns, CancellationToken cancellationToken)
    {
        HeaderRow header = HeaderRow.Read(mlContext, file);
        FoundColumn user = header.FindRequired(ColumnRole.User, columns.User);
        FoundColumn item = header.FindRequired(ColumnRole.Item, columns.Item);
        FoundColumn? time = header.Find(ColumnRole.Time, columns.Timestamp);
        FoundColumn? domain = columns.Domain is null ? null : header.FindRequired(ColumnRole.Domain, columns.Domain);
        CheckDifferent(file, (ColumnRole.User, user), (ColumnRole.Item, item), (ColumnRole.Time, time), (ColumnRole.Domain, domain));

        IDataView rows = Load(
            mlContext, file, (Interactions.User, user), (Interactions.Item, item), (RawTime.ColumnName, time), (Interactions.Domain, domain));
        RowCheck check = RowCheck.Run(file, rows, time?.Name, domain?.Name, cancellationToken);
        return new Interactions(RowConversion.Apply(mlContext, rows, check), file, check)
        {
            UserColumn = user.Name,
            ItemColumn = item.Name,
            TimestampColumn = time?.Name,
            DomainColumn = domain?.Name,
            OtherColumns = file.HasHeader && time is null ? [.. header.Without(domain is null ? [user, item] : [user, item, domain])] : [],
        };
    }

    private static void CheckDifferent(TableFile file, params (ColumnRole Role, FoundColumn? Column)[] columns)
    {
        (ColumnRole Role, FoundColumn? Column)[]? same = columns.Where(column => column.Column is not null)
            .GroupBy(column => column.Column!.Index).FirstOrDefault(places => places.Count() > 1)?.ToArray();
        if (same is not null)
        {
            throw new UserErrorException($"{same[0].Role.Argument} and {same[1].Role.Argument} name the same column of the {file.Name}; expected two columns.");
        }
    }

    private static IDataView Load(MLContext mlContext, TableFile file, params (string Name, FoundColumn? Column)[] columns)
    {
        TextLoader.Options options = file.LoaderOptions();
        options.Columns =
            [.. columns.Where(column => column.Column is not null).Select(column => new TextLoader.Column(column.Name, DataKind.String, column.Column!.Index))];
        return mlContext.Data.CreateTextLoader(options, file).Load(file);
    }
}
