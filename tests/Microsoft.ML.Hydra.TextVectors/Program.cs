using System.CommandLine;
using System.Globalization;
using System.IO.Compression;
using System.Text;
using Microsoft.ML.Data;
using Microsoft.ML.Hydra.Cli;
using Microsoft.ML.Hydra.Cli.Input;
using Microsoft.ML.Hydra.Cli.Output;

namespace Microsoft.ML.Hydra.TextVectors;

/// <summary>Makes a file for <c>hydra train --items</c> with a language model's vector of each item's words in place of the words.</summary>
internal static class Program
{
    private static int Main(string[] arguments)
    {
        var texts = new Option<string>("--texts") { Description = "The items and their words, as 'hydra train --items' reads them.", HelpName = "FILE", Required = true };
        var output = new Option<string>("--output") { Description = "The csv to write: itemId and v1 to v384; with .gz it is compressed.", HelpName = "OUT.csv.gz", Required = true };
        var root = new RootCommand("Encodes the words of items by all-MiniLM-L6-v2, mean-pooled and of length 1, on one thread.") { texts, output };
        root.SetAction(parsed =>
        {
            try
            {
                Write(parsed.GetRequiredValue(texts), parsed.GetRequiredValue(output));
                return ExitCodes.Success;
            }
            catch (UserErrorException exception)
            {
                Console.Error.WriteLine(Failure.Describe(exception));
                return ExitCodes.Error;
            }
        });
        return root.Parse(arguments).Invoke();
    }

    private static void Write(string texts, string path)
    {
        new FilePlan().Reads("--texts", texts).Writes("--output", path).Check();
        using OutputFile output = OutputFile.Create(path);
        ItemTable table = ItemFile.Read(new MLContext(), TableFile.Open(texts, null, TableKind.Items), new ItemColumnChoice());
        if (table.WordColumns.Count == 0)
        {
            throw new UserErrorException($"The {table.File.Name} has no column with words; expected at least one.");
        }

        IDataView view = table.ToView(new HydraSequenceRecommendationTrainer.Options());
        string[] words = [.. view.GetColumn<string[]>("Text").Select(columns => string.Join(' ', columns).Trim())];
        using var encoder = new TextEncoder();
        float[]?[] vectors = encoder.Encode(words);

        bool isCompressed = path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase);
        using (Stream stream = isCompressed ? new GZipStream(output.Stream, CompressionLevel.Optimal, leaveOpen: true) : output.Stream)
        {
            WriteCsv(stream, table.Ids, vectors);
        }

        output.Commit();
        Console.WriteLine(FormattableString.Invariant($"{vectors.Length:N0} items written to {path}, {vectors.Count(vector => vector is null):N0} of them without words"));
    }

    /// <param name="stream">Receives the csv; stays open.</param>
    /// <param name="ids">The items.</param>
    /// <param name="vectors">A vector for each item; null leaves its cells empty.</param>
    internal static void WriteCsv(Stream stream, IEnumerable<string> ids, IEnumerable<float[]?> vectors)
    {
        using var csv = new StreamWriter(stream, new UTF8Encoding(false), leaveOpen: true) { NewLine = "\n" };
        csv.WriteLine("itemId," + string.Join(',', Enumerable.Range(1, TextEncoder.Width).Select(i => FormattableString.Invariant($"v{i}"))));
        foreach ((string id, float[]? vector) in ids.Zip(vectors))
        {
            csv.Write(id.AsSpan().ContainsAny(",\"\r\n") ? $"\"{id.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : id);
            for (int i = 0; i < TextEncoder.Width; i++)
            {
                csv.Write(',');
                csv.Write(vector?[i].ToString(CultureInfo.InvariantCulture));
            }

            csv.WriteLine();
        }
    }
}
