using System.CommandLine;
using System.Globalization;
using Microsoft.ML.Hydra.Cli.Input;
using Microsoft.ML.Hydra.Cli.Models;
using Microsoft.ML.Hydra.Cli.Output;
using Spectre.Console;

namespace Microsoft.ML.Hydra.Cli.Commands;

/// <summary><c>hydra add-items</c>: adds items with words and numbers to a saved model without training.</summary>
internal sealed class AddItemsCommand : CliCommand
{
    private readonly ModelArguments _model;
    private readonly ItemArguments _items;
    private readonly ContextArguments _context;
    private readonly Option<string> _output = new("--output")
    {
        Description = "The model to write, under a temporary name and renamed when complete; - is the standard output.",
        HelpName = "NEW.zip",
        Required = true,
    };

    public AddItemsCommand(CommandEnvironment environment)
        : base(environment, "add-items", "Add new items to a model that was trained with --items, without training: it recommends them from their words and numbers.")
    {
        _model = new ModelArguments(this);
        _items = new ItemArguments(this, isRequired: true);
        Add(_output);
        _context = new ContextArguments(this, hasDevice: false);
        SetAction((parsed, cancellationToken) => Task.FromResult(Run(parsed, cancellationToken)));
    }

    internal override bool PrintsResult(ParseResult parsed) => false;

    private int Run(ParseResult parsed, CancellationToken cancellationToken)
    {
        string path = parsed.GetRequiredValue(_output);
        _items.Plan(_model.Plan(new FilePlan(), parsed), parsed).Writes("--output", path).Check();
        using OutputFile output = OpenOutput(path);
        IAnsiConsole console = ConsoleBeside(output);
        MLContext mlContext = _context.Create(parsed, Errors);
        using SavedModel model = _model.Load(mlContext, parsed);
        if (!model.Transformer.Model.HasItemEncoder)
        {
            throw new UserErrorException(
                $"The model '{_model.Path(parsed)}' knows its items by their ids only, so no items can be added; train it again with --items. If that was given, the training said why it was not used.");
        }

        ItemTable table = _items.ReadFor(parsed, model.Transformer.Model, (console, Errors), cancellationToken);
        int known = CountKnown(mlContext, model, table);

        using HydraSequenceRecommendationTransformer larger = model.Transformer.WithItems(model.ToItems(mlContext, table));
        Save(output, new Result("the model", "model.zip", stream => larger.Save(SavedModel.ReadSchema(mlContext, _model.Path(parsed)), stream)));
        int added = larger.Model.NumberOfItems - model.Transformer.Model.NumberOfItems;
        console.WriteLine(Describe(added, known, table.NumberOfItems - added - known));
        ModelFactsText.Write(console, output.Path, output.IsFile ? new FileInfo(output.Target!).Length : null, larger.Model);
        return ExitCodes.Success;
    }

    /// <summary>What came of the items of the file.</summary>
    /// <param name="added">Items that the model has more than before.</param>
    /// <param name="known">Items of the file that it had before.</param>
    /// <param name="leftOut">The other items of the file: the model knows nothing of them.</param>
    internal static string Describe(int added, int known, int leftOut)
    {
        string before = known > 0 ? $"; known before, not changed: {Number(known)}" : string.Empty;
        string unknown = leftOut > 0 ? $"; left out, as the model knows none of their words and they have no number: {Number(leftOut)}" : string.Empty;
        return $"items added  {Number(added)}{before}{unknown}";

        static string Number(int count) => count.ToString("N0", CultureInfo.InvariantCulture);
    }

    private static int CountKnown(MLContext mlContext, SavedModel model, ItemTable table)
    {
        using var recommender = new Recommender(mlContext, model, null, includeSeenItems: true);
        IDataView none = recommender.Prepare(mlContext.Data.LoadFromEnumerable([new HistoryRow()]), nameof(HistoryRow.Items));
        return CatalogueNames.Read(model.Transformer, none.Schema) is { } names ? table.Ids.Count(id => names.Contains(CatalogueNames.NameOf(id, model.ItemType))) : 0;
    }
}
