using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.ML.Hydra.Benchmarks.Peers;
using Microsoft.ML.Hydra.Text;
using Microsoft.ML.Hydra.Text.Encoders;
using TwoShops;

namespace Microsoft.ML.Hydra.Benchmarks.Races;

/// <summary>
/// Item texts through a language model: ours with tokenizer and pooling, from text to vector, against the states alone in ONNX Runtime. Processor seconds,
/// not elapsed ones, so that a busy machine distorts them less.
/// </summary>
internal sealed class EncodeTextsRace : IRace
{
    private const int Words = 8;
    private const int Tokens = Words + 2;   // [CLS] and [SEP]
    private const double WeightsOfLayers = 10_646_784;

    public string Name => "encode-texts";

    public string Description =>
        "1,000 item texts of 10 tokens through all-MiniLM-L6-v2 in managed code against ONNX Runtime, in processor seconds.";

    public JsonObject Run(RaceSettings settings, TextWriter output)
    {
        output.WriteLine(Description);
        int texts = settings.IsRehearsal ? 20 : 1000;
        DirectoryInfo directory = Directory.CreateTempSubdirectory("hydra-race-");
        try
        {
            PackagedModel.MiniLM.WriteFolder(directory.FullName);
            using var ours = (FolderEncoder)TextEncoder.FromFolder(directory.FullName, new TextEncoderOptions { NumberOfThreads = settings.Threads });
            using var peer = new OnnxEncoding(settings.Threads);
            string[] items = Texts(ours, Path.Combine(directory.FullName, "vocab.txt"), texts);
            int[][] tokens = [.. items.Select(ours.Tokens)];
            var oursSeconds = new double[settings.Rounds];
            var peerSeconds = new double[settings.Rounds];
            for (int round = -1; round < settings.Rounds; round++)
            {
                (double first, double second) = (ProcessorSeconds(() => ours.Encode(items)), ProcessorSeconds(() => peer.Run(tokens)));
                if (round >= 0)   // the first warms both up
                {
                    (oursSeconds[round], peerSeconds[round]) = (first, second);
                }
            }

            double mine = Timing.Median(oursSeconds), theirs = Timing.Median(peerSeconds), operations = 2 * WeightsOfLayers * texts * Tokens;
            double ratio = Timing.Median([.. oursSeconds.Zip(peerSeconds, (a, b) => a / b)]);
            output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{texts} texts   ours {mine:F3} s ({operations / mine / 1e9:F1} GFLOP/s)   ONNX Runtime {theirs:F3} s ({operations / theirs / 1e9:F1} GFLOP/s)   ratio {ratio:F3}"));
            return new JsonObject
            {
                ["name"] = Name,
                ["oursProcessorSeconds"] = Math.Round(mine, 4),
                ["peerProcessorSeconds"] = Math.Round(theirs, 4),
                ["ratio"] = Math.Round(ratio, 4),
                ["texts"] = texts,
                ["tokens"] = Tokens,
                ["threads"] = settings.Threads,
                ["rounds"] = settings.Rounds,
            };
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    // Random words of one token each
    private static string[] Texts(FolderEncoder encoder, string vocabulary, int count)
    {
        string[] words = [.. File.ReadLines(vocabulary).Where(word => word.Length >= 3 && word.All(char.IsAsciiLetterLower) && encoder.Tokens(word).Length == 3).Take(5000)];
        var random = new Random(1);
        return [.. Enumerable.Range(0, count).Select(_ => string.Join(' ', random.GetItems(words, Words)))];
    }

    private static double ProcessorSeconds(Action run)
    {
        using Process process = Process.GetCurrentProcess();
        TimeSpan before = process.TotalProcessorTime;
        run();
        process.Refresh();
        return (process.TotalProcessorTime - before).TotalSeconds;
    }
}
