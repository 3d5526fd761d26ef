using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.ML.Hydra.Cli.Binding;
using Microsoft.ML.Hydra.Cli.Models;
using Microsoft.ML.Hydra.Cli.Output;
using Microsoft.ML.Hydra.Cli.Reporting;
using Spectre.Console;

namespace Microsoft.ML.Hydra.Cli.Commands;

/// <summary><c>hydra inspect</c>: shows what a saved model holds.</summary>
internal sealed class InspectCommand : CliCommand
{
    private readonly ModelArguments _model;
    private readonly ContextArguments _context;

    public InspectCommand(CommandEnvironment environment)
        : base(environment, "inspect", "Show a saved model: catalogue, parameters, epochs and options.")
    {
        _model = new ModelArguments(this);
        _context = new ContextArguments(this, hasDevice: false);
        SetAction(Run);
    }

    private int Run(ParseResult parsed)
    {
        _model.Plan(new FilePlan(), parsed).Check();
        using SavedModel model = _model.Load(_context.Create(parsed, Errors), parsed);
        ModelFactsText.Write(Console, _model.Path(parsed), new FileInfo(_model.Path(parsed)).Length, model.Transformer.Model);
        ModelFactsText.WriteOptions(Console, model.Transformer.Model);
        return ExitCodes.Success;
    }
}

/// <summary>The argument that names a saved model.</summary>
internal sealed class ModelArguments
{
    private readonly Option<string> _model = new("--model")
    {
        Description = "A model saved by 'hydra train' or by mlContext.Model.Save.",
        HelpName = "M.zip",
        Required = true,
    };

    public ModelArguments(CliCommand command) => command.Add(_model);

    public string Path(ParseResult parsed) => parsed.GetRequiredValue(_model);

    /// <summary>Adds the model to the files that the command reads.</summary>
    public FilePlan Plan(FilePlan plan, ParseResult parsed) => plan.Reads("--model", Path(parsed));

    public SavedModel Load(MLContext mlContext, ParseResult parsed) => SavedModel.Load(mlContext, Path(parsed));
}

/// <summary>The facts of a model in a few lines, and every option it was trained with.</summary>
internal static class ModelFactsText
{
    /// <param name="console">The console.</param>
    /// <param name="path">Where the model is.</param>
    /// <param name="bytes">Size of its file; null where it is no file.</param>
    /// <param name="model">The model.</param>
    public static void Write(IAnsiConsole console, string path, long? bytes, HydraModelParameters model)
    {
        string size = bytes is long length ? FormattableString.Invariant($", {length / (1024.0 * 1024.0):0.00} MB") : string.Empty;
        console.WriteLine($"model        {TerminalText.Escape(path)}{size}");
        console.WriteLine(FormattableString.Invariant($"catalogue    {model.NumberOfItems:N0} items of type {model.ItemType}"));
        console.WriteLine(FormattableString.Invariant($"parameters   {model.NumberOfParameters:N0}"));
        console.WriteLine(FormattableString.Invariant(
            $"epochs       {model.NumberOfEpochsTrained}, the weights are those of epoch {model.BestEpoch}"));
        if (!double.IsNaN(model.ValidationNdcgAt10))
        {
            console.WriteLine(FormattableString.Invariant(
                $"validation   NDCG@10 {model.ValidationNdcgAt10:F4}{(model.HasCooccurrencePrior ? " with the co-occurrence prior" : ", no co-occurrence prior")}"));
        }

        if (model.HasItemEncoder)
        {
            console.WriteLine($"new items    'hydra add-items' adds them from {Columns(model)}");
        }
    }

    // Models that were trained in code may have columns without names.
    private static string Columns(HydraModelParameters model)
    {
        string[] vectors = TrainedVectors.Of(model) is { } trained
            ? [string.Create(CultureInfo.InvariantCulture, $"vectors of {trained.Dimension} numbers from an encoder (--encoder) whose identity begins with {trained.Identity}")]
            : [];
        string[] read = [.. Named("words of ", model.ItemTextSlotNames), .. Named("numbers of ", TrainedVectors.OtherNames(model)), .. vectors];
        return read.Length > 0 ? string.Join("; ", read) : $"'{model.Options.ItemTextColumnName}' and '{model.Options.ItemFeaturesColumnName}'";

        static string[] Named(string what, IReadOnlyList<string> names) =>
            names.Count == 0 ? [] : [what + string.Join(", ", names.Select(name => $"'{TerminalText.Escape(name)}'"))];
    }

    public static void WriteOptions(IAnsiConsole console, HydraModelParameters model)
    {
        var table = new Table { Border = TableBorder.Simple };
        table.AddColumns("Option", "Value");
        foreach ((string name, JsonNode? value) in OptionBinder.ToJson(model.Options))
        {
            string text = Convert.ToString(value, CultureInfo.InvariantCulture) ?? string.Empty;
            table.AddRow(Markup.Escape(name), Markup.Escape(TerminalText.Escape(text)));
        }

        console.Write(table);
    }
}
