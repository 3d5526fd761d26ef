using Microsoft.ML.Data;
using Microsoft.ML.Hydra.Tests.Integration;

namespace Microsoft.ML.Hydra.SecondProcess;

/// <summary>Uses a saved model as an application that knows ML.NET only: nothing here names a type of the library.</summary>
internal static class Prediction
{
    public static int Run(string modelPath, string historiesPath)
    {
        Console.WriteLine($"library loaded: {IsLibraryLoaded()}");
        var mlContext = new MLContext();
        ITransformer model = mlContext.Model.Load(modelPath, out DataViewSchema schema);
        Console.WriteLine($"schema: {string.Join(", ", schema.Select(column => $"{column.Name} {column.Type}"))}");

        History<string>[] histories = [.. File.ReadLines(historiesPath).Select(
            line => new History<string> { Items = line.Split(',', StringSplitOptions.RemoveEmptyEntries) })];
        using var engine = mlContext.Model.CreatePredictionEngine<History<string>, Recommendation<string>>(model);
        foreach (History<string> history in histories)
        {
            Console.WriteLine($"engine: {engine.Predict(history)}");
        }

        PrintView(model.Transform(mlContext.Data.LoadFromEnumerable(histories)));
        return 0;
    }

    /// <summary>Reads the added columns by their names alone.</summary>
    private static void PrintView(IDataView view)
    {
        IEnumerable<string[]> items = view.GetColumn<string[]>("PredictedItems");
        IEnumerable<float[]> scores = view.GetColumn<float[]>("Score");
        foreach ((string[] row, float[] rowScores) in items.Zip(scores))
        {
            Console.WriteLine($"view: {new Recommendation<string> { PredictedItems = row, Score = rowScores }}");
        }
    }

    private static bool IsLibraryLoaded() =>
        AppDomain.CurrentDomain.GetAssemblies().Any(assembly => assembly.GetName().Name == "Microsoft.ML.Hydra");
}
