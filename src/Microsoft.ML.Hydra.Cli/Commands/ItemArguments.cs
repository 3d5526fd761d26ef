using System.CommandLine;
using System.Text;
using Microsoft.ML.Hydra.Cli.Input;
using Microsoft.ML.Hydra.Cli.Models;
using Microsoft.ML.Hydra.Cli.Output;
using Microsoft.ML.Hydra.Cli.Reporting;
using Spectre.Console;

namespace Microsoft.ML.Hydra.Cli.Commands;

/// <summary>The arguments that name a file of items and its columns.</summary>
internal sealed class ItemArguments
{
    private static readonly ListText s_names = new("--ignore-columns", "name", "write a name with a comma as in --ignore-columns '\"Price, net\",Link'");

    private readonly Option<string> _idColumn = new("--items-id-column")
    {
        Description = $"With --items: header of the column with the item, or its position from 1. [default: {InteractionColumns.DefaultItem}, else a usual name such as item_id, movieId or sku]",
        HelpName = "NAME",
    };

    private readonly Option<string[]> _ignored = new("--ignore-columns")
    {
        Description = "With --items: names of columns that say nothing of the items, such as a second id or a link, separated by commas; may be given more than once. A name with a comma stands in double quotes, as in csv.",
        HelpName = "NAME,NAME",
    };

    private readonly Option<char?> _separator = FormatOptions.Separator("--items-separator");
    private readonly Option<Encoding> _encoding = FormatOptions.Encoding("--items-encoding");
    private readonly EncoderArguments? _encoder;
    private readonly Option[] _all;

    /// <param name="command">The command that has the arguments.</param>
    /// <param name="isRequired">Whether the file must be given.</param>
    /// <param name="takesEncoder">Whether a language model may encode the words.</param>
    public ItemArguments(CliCommand command, bool isRequired, bool takesEncoder = true)
    {
        Items.Required = isRequired;
        command.Add(Items);
        foreach (Option option in (Option[])[_idColumn, _ignored, _separator, _encoding])
        {
            command.Add(option);
        }

        _encoder = takesEncoder ? new EncoderArguments(command, Items) : null;
        Option[] others = [_idColumn, _ignored, _separator, _encoding, .. _encoder?.All ?? []];
        _all = [Items, .. others];
        command.Validators.Add(result =>
        {
            if (result.GetResult(Items) is null && others.FirstOrDefault(option => result.GetResult(option) is not null) is { } lost)
            {
                result.AddError($"{lost.Name} is about the file of --items, which is not given; give --items too.");
            }
        });
    }

    public Option<string> Items { get; } = new("--items")
    {
        Description = "What is known of the items, one row for each: .csv, .tsv or .txt with a header row, each also with .gz. A column whose cells are finite numbers or empty is a number of the item; every other column holds words.",
        HelpName = "FILE",
    };

    /// <summary>Adds the file, and those of the encoder, to those that the command reads, and the cache of the encoder to those that it writes.</summary>
    public FilePlan Plan(FilePlan plan, ParseResult parsed)
    {
        plan.Reads("--items", parsed.GetValue(Items));
        return _encoder?.Plan(plan, parsed) ?? plan;
    }

    /// <summary>The arguments given, to show in another command, after a space; empty where none is given.</summary>
    public string Repeat(ParseResult parsed) => ShellText.Repeat(parsed, _all) is { Length: > 0 } given ? " " + given : string.Empty;

    /// <summary>Reads the file, where it is given, into the trainer's options, and writes what was read and what is likely to be wrong.</summary>
    /// <param name="parsed">The arguments.</param>
    /// <param name="options">The options that receive the items.</param>
    /// <param name="sequences">The histories of the users.</param>
    /// <param name="to">Where the text goes.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <param name="domain">The column with the domain; null for one domain.</param>
    /// <exception cref="UserErrorException">The file is not as expected, or has none of the items of the histories.</exception>
    public void Bind(
        ParseResult parsed, HydraSequenceRecommendationTrainer.Options options, IDataView sequences, (IAnsiConsole Console, ErrorConsole Errors) to,
        CancellationToken cancellationToken, string? domain = null)
    {
        if (parsed.GetValue(Items) is not null)
        {
            ItemTable table = Read(parsed, null, to, cancellationToken, domain);
            ItemTableText.WriteCoverage(to.Console, table, ItemCoverage.Count(table, sequences, cancellationToken));
            options.Items = _encoder!.Encode(parsed, table, null, to, cancellationToken).ToView(options);
        }
    }

    /// <summary>Reads the file for a trained model, with the vectors of its encoder where it has one, and writes what was read and what is likely to be wrong.</summary>
    /// <param name="parsed">The arguments.</param>
    /// <param name="model">The model.</param>
    /// <param name="to">Where the text goes.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <exception cref="UserErrorException">The file is not as expected, or the encoder is not that of the model.</exception>
    public ItemTable ReadFor(
        ParseResult parsed, HydraModelParameters model, (IAnsiConsole Console, ErrorConsole Errors) to, CancellationToken cancellationToken)
    {
        // Columns of these names; of a model whose columns have no names all of the file.
        TrainedItemColumns? columns = model.ItemTextSlotNames.Count + model.ItemFeatureSlotNames.Count > 0
            ? new TrainedItemColumns(model.ItemTextSlotNames, TrainedVectors.OtherNames(model))
            : null;
        return _encoder!.Encode(parsed, Read(parsed, columns, to, cancellationToken), model, to, cancellationToken);
    }

    /// <summary>Reads the file, and writes what was read and what is likely to be wrong.</summary>
    /// <param name="parsed">The arguments.</param>
    /// <param name="trained">The columns that a trained model reads; null to use every column.</param>
    /// <param name="to">Where the text goes.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <param name="domain">The column with the domain; null for one domain.</param>
    /// <exception cref="UserErrorException">The file is not as expected.</exception>
    public ItemTable Read(
        ParseResult parsed, TrainedItemColumns? trained, (IAnsiConsole Console, ErrorConsole Errors) to, CancellationToken cancellationToken,
        string? domain = null)
    {
        TableFile file = TableFile.Open(
            parsed.GetRequiredValue(Items),
            new FileFormat(parsed.GetValue(_separator), HasHeader: true, parsed.GetValue(_encoding)),
            TableKind.Items);
        string[] ignored = [.. (parsed.GetValue(_ignored) ?? []).SelectMany(s_names.Parse)];
        ItemTable table = ItemFile.Read(
            new MLContext(), file, new ItemColumnChoice(parsed.GetValue(_idColumn), ignored, trained, domain), cancellationToken);
        ItemTableText.Write(to.Console, to.Errors, table);
        return table;
    }
}
