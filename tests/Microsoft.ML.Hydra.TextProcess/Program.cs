using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Hydra.Text;

// Commands of the tests that need a process which has seen nothing yet, in an application without native torch and without native ONNX Runtime:
//   encode FOLDER CACHE FROM TO   encodes "product FROM" to "product TO - 1" with a cache, and prints the libraries that were loaded
//   load MODEL.zip TEXT           loads a saved model, knowing ML.NET only, and prints the vector of a text
//   onnx MODEL.onnx VOCAB.txt     prints why an ONNX file cannot be used here
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
return args switch
{
    ["encode", var folder, var cache, var from, var to] => Commands.Encode(folder, cache, int.Parse(from, CultureInfo.InvariantCulture), int.Parse(to, CultureInfo.InvariantCulture)),
    ["load", var model, var text] => Commands.Load(model, text),
    ["onnx", var model, var vocabulary] => Commands.Onnx(model, vocabulary),
    _ => 2,
};

internal static class Commands
{
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static int Encode(string folder, string cache, int from, int to)
    {
        var mlContext = new MLContext();
        using TextEncoder encoder = TextEncoder.FromFolder(folder, new TextEncoderOptions { NumberOfThreads = 1 });
        IDataView data = mlContext.Data.LoadFromEnumerable(Enumerable.Range(from, to - from).Select(i => new Row { Text = $"product {i}" }));
        IDataView encoded = mlContext.SequenceRecommendation().Text.Featurize("Vector", ["Text"], encoder, cache).Fit(data).Transform(data);
        Console.WriteLine($"rows: {encoded.GetColumn<float[]>("Vector").Count()}");
        PrintLoaded();
        return 0;
    }

    // Nothing here names a type of the library.
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static int Load(string modelPath, string text)
    {
        Console.WriteLine($"library loaded: {AppDomain.CurrentDomain.GetAssemblies().Any(assembly => assembly.GetName().Name!.StartsWith("Microsoft.ML.Hydra.Text", StringComparison.Ordinal) && assembly != typeof(Commands).Assembly)}");
        var mlContext = new MLContext();
        ITransformer model = mlContext.Model.Load(modelPath, out DataViewSchema schema);
        Console.WriteLine($"schema: {string.Join(", ", schema.Select(column => $"{column.Name} {column.Type}"))}");
        using var engine = mlContext.Model.CreatePredictionEngine<Row, Encoded>(model);
        Console.WriteLine($"engine: {string.Join(' ', engine.Predict(new Row { Text = text }).Vector.Select(value => value.ToString("R", CultureInfo.InvariantCulture)))}");
        PrintLoaded();
        return 0;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static int Onnx(string model, string vocabulary)
    {
        try
        {
            TextEncoder.FromOnnx(model, vocabulary).Dispose();
            return 3;
        }
        catch (InvalidOperationException exception)
        {
            Console.WriteLine(exception.Message);
            return 0;
        }
    }

    private static void PrintLoaded()
    {
        string[] modules =
        [
            .. Process.GetCurrentProcess().Modules.Cast<ProcessModule>().Select(module => module.ModuleName)
                .Concat(AppDomain.CurrentDomain.GetAssemblies().Select(assembly => assembly.GetName().Name!))
                .Where(name => name.Contains("torch", StringComparison.OrdinalIgnoreCase) || name.Contains("onnx", StringComparison.OrdinalIgnoreCase)).Distinct(),
        ];
        Console.WriteLine($"torch and ONNX Runtime: {string.Join(", ", modules)}");
    }
}

internal sealed class Row
{
    public string Text { get; set; } = "";
}

internal sealed class Encoded
{
    public float[] Vector { get; set; } = [];
}
