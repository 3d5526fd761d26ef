using System.Diagnostics;
using Microsoft.ML;
using Microsoft.ML.Hydra;
using Microsoft.ML.Hydra.Tests.Integration;

// Loads a saved model and scores with it in every way, in an application that has no native torch:
//   MODEL.zip HISTORIES.txt             a line a history: its items and the one that came next, separated by commas
//   MODEL.zip HISTORIES.txt in-place    the same without ML.NET's temporary files
//   MODEL.zip HISTORIES.txt with-items ITEMS.txt    the same after more items came: a line an item, a tab between its id and its words
if (args.Length < 2)
{
    return 2;
}

(string modelPath, string historiesPath) = (args[0], args[1]);
var mlContext = new MLContext();
ITransformer model = args is [_, _, "in-place"] ? mlContext.SequenceRecommendation().LoadModel(modelPath) : mlContext.Model.Load(modelPath, out _);
if (args is [_, _, "with-items", var itemsPath])
{
    NewItem[] items = [.. File.ReadLines(itemsPath).Select(line => line.Split('\t')).Select(fields => new NewItem(fields[0], fields[1]))];
    model = ((HydraSequenceRecommendationTransformer)model).WithItems(mlContext.Data.LoadFromEnumerable(items));
}

foreach (string line in ScoredLines.Of(mlContext, model, File.ReadLines(historiesPath)))
{
    Console.WriteLine(line);
}

string[] native =
[
    .. Process.GetCurrentProcess().Modules.Cast<ProcessModule>().Select(module => module.ModuleName)
        .Where(name => name.Contains("torch", StringComparison.OrdinalIgnoreCase) && name != "TorchSharp.dll"),
];
Console.WriteLine($"native torch: {string.Join(", ", native)}");
return 0;

internal sealed record NewItem(string ItemId, string Text);
