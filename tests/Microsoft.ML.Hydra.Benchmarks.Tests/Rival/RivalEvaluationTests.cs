using System.Text.Json.Nodes;
using Microsoft.ML.Hydra.Benchmarks.Rival;
using Microsoft.ML.Hydra.Cli.Reporting;
using Microsoft.ML.Hydra.Evaluation;
using Microsoft.ML.Hydra.Items;
using Xunit;

namespace Microsoft.ML.Hydra.Benchmarks.Tests.Rival;

public sealed class RivalEvaluationTests
{
    private readonly MLContext _mlContext = new();

    [Fact]
    public void It_is_far_better_than_popularity_and_reports_like_hydra_evaluate()
    {
        using var output = new StringWriter();
        JsonObject report = RivalEvaluation.Run(_mlContext, Rules.View(_mlContext, Rules.Histories()), Rules.Options(), validationOnly: false, slices: true, output);

        Assert.Equal(
            [
                "protocol", "data", "models", "parameters", "epochs", "bestEpoch", "validationNdcg", "hasPrior", "secondsPerEpoch",
                "trainSeconds", "trainCpuSeconds", "peakMB", "options", "slices",
            ],
            report.Select(field => field.Key));
        JsonNode filtered = report["models"]!["SasRec"]!["filtered"]!;
        Assert.Equal(
            ["HR@1", "HR@5", "HR@10", "HR@20", "NDCG@5", "NDCG@10", "NDCG@20", "MRR", "coverage", "meanPopularity", "unknownToModel", "leftOutAsSeen"],
            filtered.AsObject().Select(field => field.Key));
        SequenceTrainTestData split = _mlContext.SequenceRecommendation().SplitLeaveLastOut(Rules.View(_mlContext, Rules.Histories()));
        double popularity = _mlContext.SequenceRecommendation()
            .EvaluateBaseline(SequenceBaseline.Popularity, split.TrainSet, split.TestSet).NdcgAt(10);
        Assert.True((double)filtered["NDCG@10"]! > Math.Max(0.8, 2 * popularity), $"{filtered} against {popularity}");
        Assert.True((double)report["models"]!["SasRec"]!["unfiltered"]!["NDCG@10"]! > 0.8);
        JsonObject items = report["slices"]!["item"]!.AsObject();
        Assert.Equal(["popular third", "middle third", "rare third"], items.Select(slice => slice.Key));
        Assert.Equal(
            (double)filtered["NDCG@10"]!,
            items.Sum(slice => (long)slice.Value!["users"]! * (double)slice.Value["models"]!["SasRec"]!["NDCG@10"]!) / Rules.Histories().Length,
            6);
        Assert.Contains("epoch   1/12  loss", output.ToString(), StringComparison.Ordinal);
        Assert.Contains("best epoch", output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Validation_only_does_not_read_the_last_items()
    {
        RivalOptions options = Rules.Options("NumberOfEpochs=2");
        int[][] changed = [.. Rules.Histories().Select((history, i) => (int[])[.. history[..^1], (i % Rules.Items) + 1])];

        JsonObject first = RivalEvaluation.Run(_mlContext, Rules.View(_mlContext, Rules.Histories()), options, validationOnly: true, slices: false, TextWriter.Null);
        JsonObject second = RivalEvaluation.Run(_mlContext, Rules.View(_mlContext, changed), options, validationOnly: true, slices: false, TextWriter.Null);

        Assert.Empty(first["models"]!.AsObject());
        Assert.True((double)first["validationNdcg"]! > 0);
        Assert.Equal((double)first["validationNdcg"]!, (double)second["validationNdcg"]!);
    }

    [Fact]
    public void Another_scorer_is_measured_in_the_same_way()
    {
        SequenceTrainTestData split = _mlContext.SequenceRecommendation().SplitLeaveLastOut(Rules.View(_mlContext, Rules.Histories()));
        SequenceData train = SequenceReader.Read(split.TrainSet, "Items");
        ComparedModel found = new ScorerEvaluation(_mlContext, train, split.TestSet).Measure("popularity", Popularity.Count(train.Dataset).Score);
        SequenceRecommendationMetrics expected = _mlContext.SequenceRecommendation()
            .EvaluateBaseline(SequenceBaseline.Popularity, split.TrainSet, split.TestSet);

        Assert.Equal(ModelScores.From(expected).Values, found.Filtered.Values);
        Assert.NotEqual(found.Filtered.Values, found.Unfiltered.Values);
    }
}
