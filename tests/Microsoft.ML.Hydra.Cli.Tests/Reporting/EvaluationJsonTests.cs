using System.Text;
using System.Text.Json.Nodes;
using Microsoft.ML.Hydra.Cli.Binding;
using Microsoft.ML.Hydra.Cli.Reporting;
using Xunit;

namespace Microsoft.ML.Hydra.Cli.Tests.Reporting;

public sealed class EvaluationJsonTests
{
    [Fact]
    public void The_report_has_exactly_the_documented_names()
    {
        JsonObject json = EvaluationJson.Create(SampleReport.Create());

        Assert.Equal(
            ["protocol", "data", "models", "parameters", "epochs", "bestEpoch", "validationNdcg", "hasPrior", "secondsPerEpoch", "trainSeconds", "trainCpuSeconds", "peakMB", "options", "slices"],
            Names(json));
        Assert.Equal(["users", "items", "events"], Names(json["data"]));
        Assert.Equal(["Hydra", "Popularity", "Markov1", "Markov10", "ItemKnn"], Names(json["models"]));
        Assert.Equal(["filtered", "unfiltered"], Names(json["models"]!["Markov10"]));
        Assert.Equal(["HR@10", "NDCG@10", "MRR", "unknownToModel", "leftOutAsSeen"], Names(json["models"]!["Hydra"]!["filtered"]));
    }

    [Fact]
    public void Values_are_numbers_and_missing_figures_are_null()
    {
        using var stream = new MemoryStream();
        EvaluationJson.Write(stream, SampleReport.Create() with { SecondsPerEpoch = double.NaN });
        JsonNode json = JsonNode.Parse(Encoding.UTF8.GetString(stream.ToArray()))!;

        Assert.Equal(0.25, (double)json["models"]!["Hydra"]!["filtered"]!["HR@10"]!);
        Assert.Equal(0.125, (double)json["models"]!["Hydra"]!["unfiltered"]!["HR@10"]!);
        Assert.Null(json["models"]!["Hydra"]!["filtered"]!["MRR"]);
        Assert.Equal(1, (long)json["models"]!["Hydra"]!["filtered"]!["unknownToModel"]!);
        Assert.Equal(2, (long)json["models"]!["Hydra"]!["filtered"]!["leftOutAsSeen"]!);
        Assert.True(json.AsObject().ContainsKey("secondsPerEpoch"));
        Assert.Null(json["secondsPerEpoch"]);
        Assert.Equal(7, (long)json["data"]!["users"]!);
        Assert.Equal(123456, (long)json["parameters"]!);
    }

    [Fact]
    public void Slices_are_by_group_and_name_and_absent_where_not_requested()
    {
        JsonObject json = EvaluationJson.Create(SampleReport.Create());

        Assert.Equal(["history", "item"], Names(json["slices"]));
        Assert.Equal(["up to 20", "over 100"], Names(json["slices"]!["history"]));
        Assert.Equal(6, (long)json["slices"]!["item"]!["rare third"]!["users"]!);
        Assert.Equal(0.75, (double)json["slices"]!["history"]!["over 100"]!["models"]!["Hydra"]!["HR@10"]!);
        Assert.False(EvaluationJson.Create(SampleReport.Create() with { Slices = [] }).ContainsKey("slices"));
    }

    [Fact]
    public void The_options_of_a_report_are_a_configuration_file()
    {
        JsonObject json = EvaluationJson.Create(SampleReport.Create());
        using var directory = new TemporaryDirectory();
        string path = directory.Write("options.json", json["options"]!.ToJsonString());

        var options = new HydraSequenceRecommendationTrainer.Options();
        ConfigFile.Apply(options, path);

        Assert.Equal(11, options.Seed);
        Assert.Equal(2, options.NumberOfLayers);
    }

    [Fact]
    public void Rankings_of_new_items_are_by_name_and_absent_where_no_item_is_new()
    {
        JsonObject json = EvaluationJson.Create(SampleReport.Create() with { ColdItems = SampleReport.ColdItems() });

        Assert.False(EvaluationJson.Create(SampleReport.Create()).ContainsKey("coldItems"));
        Assert.Equal(["share", "newItems", "knownToModel", "rankings"], Names(json["coldItems"]));
        Assert.Equal((0.1, 12, 11), ((double)json["coldItems"]!["share"]!, (int)json["coldItems"]!["newItems"]!, (int)json["coldItems"]!["knownToModel"]!));
        JsonNode rankings = json["coldItems"]!["rankings"]!;
        Assert.Equal(["new targets", "new targets among the new items"], Names(rankings));
        Assert.Equal(6, (long)rankings["new targets"]!["users"]!);
        Assert.Equal(["Hydra", "Popularity"], Names(rankings["new targets"]!["models"]));
        Assert.Equal(0.375, (double)rankings["new targets among the new items"]!["models"]!["Hydra"]!["HR@10"]!);
    }

    private static IEnumerable<string> Names(JsonNode? node) => node!.AsObject().Select(entry => entry.Key);
}
