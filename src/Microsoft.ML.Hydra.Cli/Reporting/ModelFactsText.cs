using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.ML.Hydra.Cli.Binding;
using Spectre.Console;

namespace Microsoft.ML.Hydra.Cli.Reporting;

/// <summary>What a model is, in a few lines, and every option it was trained with.</summary>
internal static class ModelFactsText
{
    public static void Write(IAnsiConsole console, string path, HydraModelParameters model)
    {
        console.WriteLine(FormattableString.Invariant($"model        {path}, {new FileInfo(path).Length / (1024.0 * 1024.0):0.00} MB"));
        console.WriteLine(FormattableString.Invariant($"catalogue    {model.NumberOfItems:N0} items of type {model.ItemType}"));
        console.WriteLine(FormattableString.Invariant($"parameters   {model.NumberOfParameters:N0}"));
        console.WriteLine(FormattableString.Invariant(
            $"epochs       {model.NumberOfEpochsTrained}, the weights are those of epoch {model.BestEpoch}"));
        if (!double.IsNaN(model.ValidationNdcgAt10))
        {
            console.WriteLine(FormattableString.Invariant(
                $"validation   NDCG@10 {model.ValidationNdcgAt10:F4}{(model.HasCooccurrencePrior ? " with the co-occurrence prior" : ", no co-occurrence prior")}"));
        }
    }

    public static void WriteOptions(IAnsiConsole console, HydraModelParameters model)
    {
        var table = new Table { Border = TableBorder.Simple };
        table.AddColumns("Option", "Value");
        foreach ((string name, JsonNode? value) in OptionBinder.ToJson(model.Options))
        {
            table.AddRow(Markup.Escape(name), Markup.Escape(Convert.ToString(value, CultureInfo.InvariantCulture) ?? string.Empty));
        }

        console.Write(table);
    }
}
