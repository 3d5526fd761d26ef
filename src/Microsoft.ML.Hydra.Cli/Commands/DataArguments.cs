using System.CommandLine;
using System.CommandLine.Parsing;
using Microsoft.ML.Hydra.Cli.Input;
using Microsoft.ML.Hydra.Cli.Output;
using Microsoft.ML.Hydra.Cli.Reporting;

namespace Microsoft.ML.Hydra.Cli.Commands;

/// <summary>The arguments that name a file of interactions and its columns.</summary>
internal sealed class DataArguments
{
    private readonly Option<string> _userColumn = new("--user-column")
    {
        Description = "Header of the column with the user.",
        DefaultValueFactory = _ => InteractionColumns.DefaultUser,
        HelpName = "NAME",
    };

    private readonly Option<string> _itemColumn = new("--item-column")
    {
        Description = "Header of the column with the item.",
        DefaultValueFactory = _ => InteractionColumns.DefaultItem,
        HelpName = "NAME",
    };

    private readonly Option<string> _timestampColumn = new("--timestamp-column")
    {
        Description = "Header of the column with the time: integers, numbers or ISO 8601 dates. Without such a column the order of the rows counts.",
        DefaultValueFactory = _ => InteractionColumns.DefaultTimestamp,
        HelpName = "NAME",
    };

    public DataArguments(CliCommand command, bool isRequired)
    {
        Data.Required = isRequired;
        command.Add(Data);
        command.Add(_userColumn);
        command.Add(_itemColumn);
        command.Add(_timestampColumn);
    }

    public Option<string> Data { get; } = new("--data")
    {
        Description = "Interactions, one for each row: .csv, .tsv or .txt with a header row, each also with .gz. Ids are read as text.",
        HelpName = "FILE",
    };

    public InteractionColumns Columns(ParseResult parsed) => new(
        parsed.GetRequiredValue(_userColumn),
        parsed.GetRequiredValue(_itemColumn),
        parsed.GetRequiredValue(_timestampColumn),
        parsed.GetResult(_timestampColumn) is OptionResult { Implicit: false });

    /// <summary>Adds the file to those that the command reads.</summary>
    public FilePlan Plan(FilePlan plan, ParseResult parsed) => plan.Reads("--data", parsed.GetValue(Data));

    /// <summary>The arguments given, to show in another command.</summary>
    public string Repeat(ParseResult parsed) => string.Join(
        ' ',
        new[] { Data, _userColumn, _itemColumn, _timestampColumn }
            .Where(option => parsed.GetResult(option) is OptionResult { Implicit: false })
            .Select(option => $"{option.Name} {ShellText.Quote(parsed.GetRequiredValue(option))}"));

    /// <summary>Reads and checks the file; warns of rows that cannot be used.</summary>
    public Interactions Read(MLContext mlContext, ParseResult parsed, ErrorConsole errors, CancellationToken cancellationToken)
    {
        string path = parsed.GetRequiredValue(Data);
        Interactions interactions = InteractionReader.Read(mlContext, path, Columns(parsed), cancellationToken);
        if (interactions.IncompleteRows > 0)
        {
            errors.WriteWarning(FormattableString.Invariant(
                $"{interactions.IncompleteRows:N0} rows of '{path}' lack a user or an item, or quote one wrongly; they are skipped."));
        }

        return interactions;
    }
}
