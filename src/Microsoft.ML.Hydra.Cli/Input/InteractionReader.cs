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
        CheckDifferent(file, user, item, time);

        IDataView rows = Load(mlContext, file, user, item, time);
        RowCheck check = RowCheck.Run(file, rows, time?.Name, cancellationToken);
        return new Interactions(RowConversion.Apply(mlContext, rows, check), file, check)
        {
            UserColumn = user.Name,
            ItemColumn = item.Name,
            TimestampColumn = time?.Name,
            OtherColumns = file.HasHeader && time is null ? [.. header.Without(user, item)] : [],
        };
    }

    private static void CheckDifferent(TableFile file, FoundColumn user, FoundColumn item, FoundColumn? time)
    {
        string? twice = user.Index == item.Index ? $"{ColumnRole.User.Argument} and {ColumnRole.Item.Argument}"
            : user.Index == time?.Index ? $"{ColumnRole.User.Argument} and {ColumnRole.Time.Argument}"
            : item.Index == time?.Index ? $"{ColumnRole.Item.Argument} and {ColumnRole.Time.Argument}"
            : null;
        if (twice is not null)
        {
            throw new UserErrorException($"{twice} name the same column of the {file.Name}; expected two columns.");
        }
    }

    private static IDataView Load(MLContext mlContext, TableFile file, FoundColumn user, FoundColumn item, FoundColumn? time)
    {
        TextLoader.Options options = file.LoaderOptions();
        var columns = new List<TextLoader.Column>
        {
            new(Interactions.User, DataKind.String, user.Index),
            new(Interactions.Item, DataKind.String, item.Index),
        };
        if (time is not null)
        {
            columns.Add(new(RawTime.ColumnName, DataKind.String, time.Index));
        }

        options.Columns = [.. columns];
        return mlContext.Data.CreateTextLoader(options, file).Load(file);
    }
}
