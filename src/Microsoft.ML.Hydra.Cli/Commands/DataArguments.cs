using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text;
using Microsoft.ML.Hydra.Cli.Binding;
using Microsoft.ML.Hydra.Cli.Input;
using Microsoft.ML.Hydra.Cli.Output;
using Microsoft.ML.Hydra.Cli.Reporting;
using Spectre.Console;

namespace Microsoft.ML.Hydra.Cli.Commands;

/// <summary>The arguments that name a file of interactions and its columns.</summary>
internal sealed class DataArguments
{
    private readonly Option<string> _userColumn = new("--user-column")
    {
        Description = $"Header of the column with the user, or its position from 1. [default: {InteractionColumns.DefaultUser}, else a usual name such as user_id or customer_id]",
        HelpName = "NAME",
    };

    private readonly Option<string> _itemColumn = new("--item-column")
    {
        Description = $"Header of the column with the item, or its position from 1. [default: {InteractionColumns.DefaultItem}, else a usual name such as item_id, movieId or sku]",
        HelpName = "NAME",
    };

    private readonly Option<string> _timestampColumn = new("--timestamp-column")
    {
        Description = $"Header of the column with the time, or its position from 1: integers, numbers or ISO 8601 dates. [default: {InteractionColumns.DefaultTimestamp}, else a usual name such as time, date or event_time; without such a column the order of the rows counts]",
        HelpName = "NAME",
    };

    private readonly Option<string> _domainColumn = new("--domain-column")
    {
        Description = "Header of the column with the domain of a row, such as a shop, or its position from 1. A user has a history in each domain and is recommended items of it. The file of --items must have the column too.",
        HelpName = "NAME",
    };

    private readonly Option<char?> _separator = FormatOptions.Separator("--separator");

    private readonly Option<bool> _noHeader = new("--no-header")
    {
        Description = "The first row is an interaction. Columns are named by position: by default 1 is the user and 2 the item; the time is only read with --timestamp-column.",
    };

    private readonly Option<Encoding> _encoding = FormatOptions.Encoding("--encoding");

    private readonly Option<bool> _dropRepeats = new("--drop-repeats")
    {
        Description = "Leave out an event that repeats the item of the user's event before it, and copies of an event (user, item, time).",
    };

    private readonly Option[] _all;

    public DataArguments(CliCommand command, bool isRequired)
    {
        Data.Required = isRequired;
        _all = [Data, _userColumn, _itemColumn, _timestampColumn, _domainColumn, _separator, _noHeader, _encoding, _dropRepeats];
        foreach (Option option in _all)
        {
            command.Add(option);
        }
    }

    public Option<string> Data { get; } = new("--data")
    {
        Description = "Interactions, one for each row: .csv, .tsv or .txt with a header row, each also with .gz. Ids are read as text.",
        HelpName = "FILE",
    };

    /// <summary>Adds the file to those that the command reads.</summary>
    public FilePlan Plan(FilePlan plan, ParseResult parsed) => plan.Reads("--data", parsed.GetValue(Data));

    /// <summary>The arguments given, to show in another command.</summary>
    public string Repeat(ParseResult parsed) => ShellText.Repeat(parsed, _all);

    /// <summary>The column with the domain; null for one domain.</summary>
    public string? Domain(ParseResult parsed) => parsed.GetValue(_domainColumn);

    /// <summary>Sets the trainer's column of domains.</summary>
    /// <exception cref="UserErrorException">The options name one, and the arguments do not.</exception>
    public void BindDomain(ParseResult parsed, HydraSequenceRecommendationTrainer.Options options) => options.DomainColumnName =
        Domain(parsed) is not null ? Interactions.Domain
        : options.DomainColumnName is null ? null
        : throw new UserErrorException("DomainColumnName is set, but --domain-column is not given; name the column of the file with the domain there, or leave DomainColumnName out.");

    /// <summary>Reads and checks the file, groups its rows by user, and writes what was read and what is likely to be wrong.</summary>
    public IDataView ReadSequences(
        MLContext mlContext, ParseResult parsed, IAnsiConsole console, ErrorConsole errors, CancellationToken cancellationToken)
    {
        TableFile file = TableFile.Open(
            parsed.GetRequiredValue(Data),
            new FileFormat(parsed.GetValue(_separator), !parsed.GetValue(_noHeader), parsed.GetValue(_encoding)));
        var columns = new InteractionColumns(parsed.GetValue(_userColumn), parsed.GetValue(_itemColumn), parsed.GetValue(_timestampColumn), Domain(parsed));
        Interactions interactions = InteractionReader.Read(mlContext, file, columns, cancellationToken);

        // A context of its own: the report is written here, in terms of the file, and not by the log.
        IDataView sequences = interactions.Group(new MLContext(), parsed.GetValue(_dropRepeats), out InteractionReport report);
        ReadingText.Write(console, errors, interactions, report);
        return sequences;
    }
}

/// <summary>The arguments that say how a text file is written.</summary>
internal static class FormatOptions
{
    /// <param name="name">The name of the argument.</param>
    public static Option<char?> Separator(string name) => new(name)
    {
        Description = $"What stands between two fields: {FileFormat.ExpectedSeparator}. [default: that of the extension, else a guess from the first line, which is reported]",
        HelpName = "CHAR",
        CustomParser = ParsedText.From(name, FileFormat.ParseSeparator, FileFormat.ExpectedSeparator),
    };

    /// <param name="name">The name of the argument.</param>
    public static Option<Encoding> Encoding(string name) => new(name)
    {
        Description = $"Encoding of a file without a byte order mark: {FileFormat.ExpectedEncoding}. [default: utf-8]",
        HelpName = "NAME",
        CustomParser = ParsedText.From(name, FileFormat.ParseEncoding, FileFormat.ExpectedEncoding),
    };
}
