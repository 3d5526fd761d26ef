using System.Diagnostics;
using Microsoft.ML;
using Microsoft.ML.Hydra.Tests.Integration;

// Loads a saved model and scores with it in every way, in an application that has no native torch:
//   MODEL.zip HISTORIES.txt             a line a history: its items and the one that came next, separated by commas
//   MODEL.zip HISTORIES.txt in-place    the same without ML.NET's temporary files
if (args.Length < 2)
{
    return 2;
}

(string modelPath, string historiesPath) = (args[0], args[1]);
var mlContext = new MLContext();
ITransformer model = args is [_, _, "in-place"] ? mlContext.SequenceRecommendation().LoadModel(modelPath) : mlContext.Model.Load(modelPath, out _);
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
