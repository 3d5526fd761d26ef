using System.Globalization;
using Microsoft.ML.Hydra.Benchmarks.Rival;
using Microsoft.ML.Hydra.Items;

namespace Microsoft.ML.Hydra.Benchmarks.Tests.Rival;

/// <summary>Histories that follow one rule, <c>next = 21 · item + 7 (mod 40)</c>, which has a period of 40, and options small enough to learn it quickly.</summary>
internal static class Rules
{
    public const int Items = 40;

    /// <summary>The item that comes after one.</summary>
    public static int Next(int item) => (((21 * (item - 1)) + 7) % Items) + 1;

    /// <summary>Histories of 4 to 11 events, each with a random first item.</summary>
    public static int[][] Histories(int count = 200)
    {
        var random = new Random(5);
        return [.. Enumerable.Range(0, count).Select(_ => History(random.Next(1, Items + 1), random.Next(4, 12)))];
    }

    public static int[] History(int first, int length)
    {
        var items = new int[length];
        for (int i = 0; i < length; i++)
        {
            items[i] = i == 0 ? first : Next(items[i - 1]);
        }

        return items;
    }

    public static SequenceDataset Dataset()
    {
        int[][] histories = Histories();
        int[] offsets = [0, .. histories.Select((_, i) => histories.Take(i + 1).Sum(history => history.Length))];
        return new SequenceDataset([.. histories.SelectMany(history => history)], offsets, Items);
    }

    /// <summary>Histories as a view of texts.</summary>
    public static IDataView View(MLContext mlContext, int[][] histories) => mlContext.Data.LoadFromEnumerable(
        histories.Select(history => new Row { Items = Array.ConvertAll(history, item => item.ToString(CultureInfo.InvariantCulture)) }).ToArray());

    public static RivalOptions Options(params string[] settings)
    {
        var options = new RivalOptions();
        foreach (string setting in (string[])
        [
            "EmbeddingDimension=16", "NumberOfLayers=1", "LearningRate=0.02", "NumberOfEpochs=12", "MaximumSequenceLength=8",
            "MaximumTokensPerBatch=128", "DropoutRate=0.1", .. settings,
        ])
        {
            string[] sides = setting.Split('=');
            options.Set(sides[0], sides[1], "test");
        }

        options.Training.NumberOfThreads = 2;
        options.Check();
        return options;
    }

    public static RivalFit Train(params string[] settings) => RivalFit.Train(Dataset(), Options(settings), _ => { });

    private sealed class Row
    {
        public string[] Items { get; set; } = [];
    }
}
