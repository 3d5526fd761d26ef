namespace Microsoft.ML.Hydra.Cli.Input;

/// <summary>What the rows of a file are, and the arguments that say how the file is written: both for its messages.</summary>
/// <param name="File">What the file is called.</param>
/// <param name="Row">What one row is.</param>
/// <param name="Rows">What the rows are.</param>
internal sealed record TableKind(string File, string Row, string Rows)
{
    /// <summary>Events of users.</summary>
    public static TableKind Interactions { get; } = new("data file", "interaction", "interactions")
    {
        SeparatorArgument = "--separator",
        EncodingArgument = "--encoding",
        NoHeaderArgument = "--no-header",
    };

    /// <summary>Words and numbers of items.</summary>
    public static TableKind Items { get; } = new("item file", "item", "items")
    {
        SeparatorArgument = "--items-separator",
        EncodingArgument = "--items-encoding",
        NeedsEveryField = true,
    };

    public required string SeparatorArgument { get; init; }

    public required string EncodingArgument { get; init; }

    /// <summary>The argument for a file without a header; null where a header is needed.</summary>
    public string? NoHeaderArgument { get; init; }

    /// <summary>Whether a row with fewer fields than the header is an error: a line end in a text without quotes makes such rows.</summary>
    public bool NeedsEveryField { get; init; }
}

/// <summary>A file in the words of messages, such as: data file 'clicks.csv'.</summary>
/// <param name="Path">The file, as it was given.</param>
/// <param name="Kind">What its rows are.</param>
internal sealed record TableName(string Path, TableKind Kind)
{
    public override string ToString() => $"{Kind.File} '{Path}'";
}

/// <summary>Names of columns in the words of messages.</summary>
internal static class ColumnNames
{
    private const int MostNamed = 12;

    /// <summary>The names in quotes; of many the first ones and their number.</summary>
    public static string List(IReadOnlyCollection<string> names) => names.Count <= MostNamed
        ? string.Join(", ", names.Select(name => $"'{name}'"))
        : FormattableString.Invariant($"{string.Join(", ", names.Take(MostNamed - 2).Select(name => $"'{name}'"))} and {names.Count - MostNamed + 2:N0} more");
}
