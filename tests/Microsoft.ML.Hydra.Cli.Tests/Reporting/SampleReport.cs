using Microsoft.ML.Hydra.Cli.Binding;
using Microsoft.ML.Hydra.Cli.Input;
using Microsoft.ML.Hydra.Cli.Reporting;

namespace Microsoft.ML.Hydra.Cli.Tests.Reporting;

/// <summary>A report with invented figures.</summary>
internal static class SampleReport
{
    public static EvaluationReport Create() => new()
    {
        Protocol = "made up",
        Data = new SequenceFacts(7, 8, 90, 6),
        Models = [.. new[] { "Hydra", "Popularity", "Markov1", "Markov10", "ItemKnn" }.Select(name => new ComparedModel(name, Scores(0.25), Scores(0.125)))],
        Slices =
        [
            new("history", "up to 20", [new("Hydra", Scores(0.5)), new("Popularity", Scores(0.25))]),
            new("history", "over 100", [new("Hydra", Scores(0.75)), new("Popularity", Scores(0.25))]),
            new("item", "rare third", [new("Hydra", Scores(0.3)), new("Popularity", Scores(0.2))]),
        ],
        Parameters = 123456,
        Epochs = 4,
        BestEpoch = 3,
        ValidationNdcg = 0.375,
        HasPrior = true,
        SecondsPerEpoch = 1.5,
        TrainSeconds = 6.25,
        TrainCpuSeconds = 11.5,
        PeakMB = 512,
        Options = OptionBinder.ToJson(new HydraSequenceRecommendationTrainer.Options { NumberOfLayers = 2, Seed = 11 }),
    };

    public static ColdItemsScores ColdItems() => new(0.1, 12, 11,
    [
        new("new targets", [new("Hydra", Scores(0.125)), new("Popularity", Scores(0))]),
        new("new targets among the new items", [new("Hydra", Scores(0.375))]),
    ]);

    private static ModelScores Scores(double hitRate) =>
        new([new("HR@10", hitRate), new("NDCG@10", hitRate / 2), new("MRR", double.NaN)], Users: 6, UnknownLabels: 1, LeftOutLabels: 2);
}
