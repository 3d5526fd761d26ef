using Microsoft.ML.Data;

namespace Microsoft.ML.Hydra.Cli.Input;

/// <summary>Reads interactions from csv or tsv through ML.NET's own text loader and checks them row by row.</summary>
internal static class InteractionReader
{
    /// <param name="mlContext">The context that reads.</param>
    /// <param name="path">A .csv, .tsv or .txt file, maybe with .gz.</param>
    /// <param name="columns">Names in the header.</param>
    /// <param name="cancellationToken">Stops the check of the rows.</param>
    /// <exception cref="UserErrorException">The file, a column or a row is not as wanted.</exception>
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
        TextLoader.Options options = LoaderOptions.Create(file);
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
