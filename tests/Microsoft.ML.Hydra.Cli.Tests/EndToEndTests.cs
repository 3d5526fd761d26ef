using System.Text.Json.Nodes;
using Xunit;

namespace Microsoft.ML.Hydra.Cli.Tests;

/// <summary>The commands from file to file, with a model small enough for a test.</summary>
public sealed class EndToEndTests : IDisposable
{
    private static readonly string[] Small =
    [
        "--set", "EmbeddingDimension=16", "NumberOfLayers=1", "NumberOfLatentHeads=2", "StateDimension=8", "InnerHeadDimension=8",
        "NumberOfEpochs=3", "MaximumTokensPerBatch=200", "DropoutRate=0",
    ];

    private readonly TemporaryDirectory _directory = new();
    private readonly string _data;

    public EndToEndTests() => _data = _directory.WriteGzip("shop.csv.gz", ShopData.Csv());

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Evaluate_writes_tables_and_the_documented_json()
    {
        string report = _directory.PathTo("report.json");
        CliRun run = await CliRun.InvokeAsync(["evaluate", "--data", _data, "--json", report, "--slices", "--seed", "5", .. Small]);

        Assert.Equal("", run.Error);
        Assert.Equal(ExitCodes.Success, run.ExitCode);
        Assert.Contains("epoch   1/3", run.Output, StringComparison.Ordinal);
        Assert.Contains("Unfiltered", run.Output, StringComparison.Ordinal);
        JsonObject json = JsonNode.Parse(File.ReadAllText(report))!.AsObject();
        Assert.Equal(
            ["protocol", "data", "models", "parameters", "epochs", "bestEpoch", "validationNdcg", "hasPrior", "secondsPerEpoch", "trainSeconds", "trainCpuSeconds", "peakMB", "options", "slices"],
            json.Select(entry => entry.Key));
        Assert.Equal(ShopData.Users, (int)json["data"]!["users"]!);
        Assert.Equal(ShopData.Items, (int)json["data"]!["items"]!);
        Assert.Equal(ShopData.Users * 8, (int)json["data"]!["events"]!);
        Assert.Equal(["Hydra", "Popularity", "Markov1", "Markov10", "ItemKnn"], json["models"]!.AsObject().Select(entry => entry.Key));
        Assert.All(json["models"]!.AsObject(), model =>
        {
            Assert.InRange((double)model.Value!["filtered"]!["HR@10"]!, 0, 1);
            Assert.InRange((double)model.Value!["unfiltered"]!["NDCG@10"]!, 0, 1);
            Assert.True((double)model.Value!["unfiltered"]!["MRR"]! > 0);
        });
        Assert.True((double)json["models"]!["Markov1"]!["filtered"]!["HR@1"]! > 0.5);
        Assert.InRange((int)json["epochs"]!, 1, 3);
        Assert.True((long)json["parameters"]! > 0);
        Assert.Equal(5, (int)json["options"]!["Seed"]!);
        Assert.Equal(["up to 20"], json["slices"]!["history"]!.AsObject().Select(slice => slice.Key));
        Assert.Equal(
            (double)json["models"]!["Hydra"]!["filtered"]!["NDCG@10"]!,
            (double)json["slices"]!["history"]!["up to 20"]!["models"]!["Hydra"]!["NDCG@10"]!);
        Assert.Equal(["6 to 20", "over 20"], json["slices"]!["training events"]!.AsObject().Select(slice => slice.Key));
        Assert.Equal(ShopData.Users, json["slices"]!["item"]!.AsObject().Sum(slice => (int)slice.Value!["users"]!));
        Assert.Equal(ShopData.Users, json["slices"]!["training events"]!.AsObject().Sum(slice => (int)slice.Value!["users"]!));
        Assert.Contains("NDCG@10 by item, filtered", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Evaluate_counts_items_that_are_unknown_and_items_that_are_left_out_apart()
    {
        // Of 60 users three end with an item of nobody else, and two with the item that they had before.
        string rows = string.Join('\n', Enumerable.Range(0, 60).SelectMany(user => Enumerable.Range(0, 6).Select(time =>
            $"u{user},{(time < 5 ? $"i{(user + time) % 12}" : user < 3 ? $"new{user}" : user < 5 ? $"i{(user + 4) % 12}" : $"i{(user + 5) % 12}")},{time}")));
        string data = _directory.Write("misses.csv", $"userId,itemId,timestamp\n{rows}\n");
        string report = _directory.PathTo("misses.json");

        CliRun run = await CliRun.InvokeAsync(["evaluate", "--data", data, "--json", report, .. Small]);

        Assert.Equal(ExitCodes.Success, run.ExitCode);
        Assert.Contains("60 users, 3 of them with an item not seen in training (a miss)", run.Output, StringComparison.Ordinal);
        Assert.Contains("2 users with an item of their own history", run.Output, StringComparison.Ordinal);
        JsonNode models = JsonNode.Parse(File.ReadAllText(report))!["models"]!;
        Assert.All(models.AsObject(), model =>
        {
            Assert.Equal((3, 2), ((int)model.Value!["filtered"]!["unknownToModel"]!, (int)model.Value["filtered"]!["leftOutAsSeen"]!));
            Assert.Equal((3, 0), ((int)model.Value["unfiltered"]!["unknownToModel"]!, (int)model.Value["unfiltered"]!["leftOutAsSeen"]!));
        });
    }

    [Fact]
    public async Task Evaluate_with_new_items_measures_them_and_the_others_apart()
    {
        string report = _directory.PathTo("cold.json");
        CliRun run = await CliRun.InvokeAsync(["evaluate", "--data", _data, "--json", report, "--slices", "--cold-items", "0.2", "--seed", "5", .. Small]);

        Assert.Equal("", run.Error);
        Assert.Equal(ExitCodes.Success, run.ExitCode);
        JsonNode json = JsonNode.Parse(File.ReadAllText(report))!;
        Assert.Contains("4 items are new: they were taken out of every history", (string)json["protocol"]!, StringComparison.Ordinal);
        Assert.Contains("full ranking over 16 items", (string)json["protocol"]!, StringComparison.Ordinal);
        JsonNode cold = json["coldItems"]!;
        Assert.Equal((4, 0), ((int)cold["newItems"]!, (int)cold["knownToModel"]!));
        Assert.Equal(
            ["all targets", "other targets", "other targets without the new items", "new targets", "new targets among the new items"],
            cold["rankings"]!.AsObject().Select(ranking => ranking.Key));

        // The model knows no new item: those are misses, and the others do not compete with them.
        int users = Users("all targets"), others = Users("other targets"), found = Users("new targets");
        Assert.Equal((ShopData.Users, ShopData.Users), (users, others + found));
        Assert.InRange(found, 1, others);
        Assert.Equal((0.0, found), (Figure("new targets", "HR@20"), (int)cold["rankings"]!["new targets"]!["models"]!["Hydra"]!["unknownToModel"]!));
        Assert.Equal(0, Figure("new targets among the new items", "HR@20"));
        Assert.Equal(0, (int)cold["rankings"]!["other targets"]!["models"]!["Hydra"]!["unknownToModel"]!);
        Assert.Equal(users * Figure("all targets", "NDCG@10"), others * Figure("other targets", "NDCG@10"), 9);
        Assert.Equal(Figure("other targets", "NDCG@10"), Figure("other targets without the new items", "NDCG@10"));
        Assert.Equal((double)json["models"]!["Hydra"]!["filtered"]!["NDCG@10"]!, Figure("all targets", "NDCG@10"));
        Assert.Equal(found, (int)json["slices"]!["training events"]!["0"]!["users"]!);
        Assert.Contains("New items: 4 (20 % of the items), of which the model knows 0; filtered", run.Output, StringComparison.Ordinal);

        int Users(string ranking) => (int)cold["rankings"]![ranking]!["users"]!;
        double Figure(string ranking, string name) => (double)cold["rankings"]![ranking]!["models"]!["Hydra"]![name]!;
    }

    [Fact]
    public async Task Evaluate_with_items_compares_text_neighbors_too()
    {
        // An item shares a word with the item before it and one with the item after it.
        string items = _directory.Write("items.csv", "itemId,title\n" + string.Concat(Enumerable.Range(0, ShopData.Items).Select(
            item => $"\"item, {item}\",a{item} a{(item + 1) % ShopData.Items}\n")));
        string report = _directory.PathTo("items.json");
        CliRun run = await CliRun.InvokeAsync(["evaluate", "--data", _data, "--items", items, "--json", report, "--slices", "--cold-items", "0.2", "--seed", "5", .. Small]);

        Assert.Collection(
            run.Error.Trim().Split('\n'),
            line => Assert.StartsWith("New items may rank low", line, StringComparison.Ordinal),    // of so few events
            line => Assert.StartsWith("Items without events left out: 4", line, StringComparison.Ordinal));    // no two other items have one of their words
        Assert.Equal(ExitCodes.Success, run.ExitCode);
        JsonNode json = JsonNode.Parse(File.ReadAllText(report))!;
        Assert.Equal(["Hydra", "Popularity", "Markov1", "Markov10", "ItemKnn", "TextNeighbors"], json["models"]!.AsObject().Select(entry => entry.Key));
        JsonNode rankings = json["coldItems"]!["rankings"]!;
        Assert.Equal(["Hydra", "TextNeighbors"], rankings["new targets among the new items"]!["models"]!.AsObject().Select(entry => entry.Key));
        Assert.Equal(1, (double)rankings["new targets among the new items"]!["models"]!["TextNeighbors"]!["HR@5"]!);   // of four items
        Assert.Equal(0, (int)rankings["new targets"]!["models"]!["TextNeighbors"]!["unknownToModel"]!);
        Assert.All(json["slices"]!["history"]!.AsObject(), slice => Assert.NotNull(slice.Value!["models"]!["TextNeighbors"]));
        Assert.Contains("NDCG@10 by training events (all but the last event of every user), filtered", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("1")]
    [InlineData("NaN")]
    [InlineData("0,1")]
    public async Task A_share_of_new_items_outside_0_to_1_is_refused(string share)
    {
        CliRun run = await CliRun.InvokeAsync("evaluate", "--data", _data, "--cold-items", share);

        Assert.Equal(ExitCodes.Error, run.ExitCode);
        Assert.StartsWith($"--cold-items is '{share}'; expected a number above 0 and below 1, such as 0.1.", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_item_cannot_be_new_and_known()
    {
        CliRun run = await CliRun.InvokeAsync("evaluate", "--data", _directory.Write("one.csv", "userId,itemId\nu,a\nu,a\n"), "--cold-items", "0.1");

        Assert.Equal(ExitCodes.Error, run.ExitCode);
        Assert.StartsWith("--cold-items needs at least two different items, new ones and others; the data hold one.", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Evaluate_again_with_the_options_of_its_report_gives_the_same_figures()
    {
        string first = _directory.PathTo("first.json");
        string second = _directory.PathTo("second.json");
        CliRun firstRun = await CliRun.InvokeAsync(["evaluate", "--data", _data, "--json", first, "--seed", "5", .. Small]);
        Assert.Equal("", firstRun.Error);
        string config = _directory.Write("config.json", JsonNode.Parse(File.ReadAllText(first))!["options"]!.ToJsonString());
        CliRun secondRun = await CliRun.InvokeAsync("evaluate", "--data", _data, "--json", second, "--config", config);

        Assert.Equal("", secondRun.Error);
        Assert.Equal(
            JsonNode.Parse(File.ReadAllText(first))!["models"]!.ToJsonString(),
            JsonNode.Parse(File.ReadAllText(second))!["models"]!.ToJsonString());
    }

    [Fact]
    public async Task Train_then_inspect_then_recommend_for_one_and_for_all()
    {
        string model = _directory.PathTo("m.zip");
        CliRun train = await CliRun.InvokeAsync(["train", "--data", _data, "--model", model, .. Small]);
        Assert.Equal("", train.Error);
        Assert.Equal(ExitCodes.Success, train.ExitCode);
        Assert.True(File.Exists(model));

        CliRun inspect = await CliRun.InvokeAsync("inspect", "--model", model);
        Assert.Equal("", inspect.Error);
        Assert.Contains("20 items", inspect.Output, StringComparison.Ordinal);
        Assert.Contains("EmbeddingDimension", inspect.Output, StringComparison.Ordinal);

        string ids = _directory.PathTo("ids.csv");
        CliRun all = await CliRun.InvokeAsync("recommend", "--model", model, "--data", _data, "--output", ids, "--top", "3");
        Assert.Equal("", all.Error);
        string[] lines = File.ReadAllLines(ids);
        Assert.Equal("userId,rank,itemId,score", lines[0]);
        Assert.Equal(1 + (3 * ShopData.Users), lines.Length);
        Assert.StartsWith("u0,1,\"item, ", lines[1], StringComparison.Ordinal);
        Assert.DoesNotContain(_directory.FileNames(), name => name.EndsWith(".partial", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Recommend_for_a_history_lists_items_and_names_unknown_ids()
    {
        string plain = _directory.Write("plain.csv", ShopData.Csv().Replace("\"item, ", "i", StringComparison.Ordinal).Replace("\"", "", StringComparison.Ordinal));
        string model = _directory.PathTo("m.zip");
        CliRun train = await CliRun.InvokeAsync(["train", "--data", plain, "--model", model, .. Small]);
        Assert.Equal("", train.Error);

        CliRun known = await CliRun.InvokeAsync("recommend", "--model", model, "--history", "i3,i4", "--top", "18");
        Assert.Equal("", known.Error);
        Assert.Contains("i5", known.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("i4 ", known.Output, StringComparison.Ordinal);

        CliRun seen = await CliRun.InvokeAsync("recommend", "--model", model, "--history", "i3,i4", "--top", "20", "--include-seen");
        Assert.Equal("", seen.Error);
        Assert.Contains("i4 ", seen.Output, StringComparison.Ordinal);

        CliRun unknown = await CliRun.InvokeAsync("recommend", "--model", model, "--history", "i3,nothing", "--top", "2");
        Assert.Equal(ExitCodes.Success, unknown.ExitCode);
        Assert.Equal("The model does not know 'nothing'.", unknown.Error.Trim());
    }

    [Fact]
    public async Task A_model_with_a_clock_reads_the_times_of_a_file_and_needs_none_for_a_history()
    {
        string model = _directory.PathTo("m.zip");
        string plain = _directory.Write("plain.csv", ShopData.Csv().Replace("\"item, ", "i", StringComparison.Ordinal).Replace("\"", "", StringComparison.Ordinal));
        CliRun train = await CliRun.InvokeAsync(["train", "--data", plain, "--model", model, .. Small, "--set", "TimestampsColumnName=Timestamps"]);
        Assert.Equal("", train.Error);
        string ids = _directory.PathTo("ids.csv");
        CliRun all = await CliRun.InvokeAsync("recommend", "--model", model, "--data", plain, "--output", ids, "--top", "3");
        Assert.Equal("", all.Error);
        Assert.Equal(1 + (3 * ShopData.Users), File.ReadAllLines(ids).Length);
        CliRun one = await CliRun.InvokeAsync("recommend", "--model", model, "--history", "i3,i4", "--top", "18");
        Assert.Equal("", one.Error);
        Assert.Contains("i5", one.Output, StringComparison.Ordinal);
        CliRun evaluate = await CliRun.InvokeAsync(["evaluate", "--data", plain, .. Small, "--set", "TimestampsColumnName=Timestamps"]);
        Assert.Equal("", evaluate.Error);

        string timeless = _directory.Write("timeless.csv", "userId,itemId\nu1,i3\nu1,i4\n");
        CliRun without = await CliRun.InvokeAsync("recommend", "--model", model, "--data", timeless, "--output", ids);
        Assert.Contains("There is no column \"Timestamps\" with the times", without.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Recommend_uses_the_saved_settings_of_the_model()
    {
        string model = _directory.PathTo("m.zip");
        CliRun train = await CliRun.InvokeAsync(
            ["train", "--data", _data, "--model", model, .. Small, "--set", "NumberOfRecommendations=20", "--set", "ExcludeSeenItems=false"]);
        Assert.Equal("", train.Error);

        string ids = _directory.PathTo("ids.csv");
        CliRun all = await CliRun.InvokeAsync("recommend", "--model", model, "--data", _data, "--output", ids);
        Assert.Equal("", all.Error);
        Assert.Equal(1 + (20 * ShopData.Users), File.ReadAllLines(ids).Length);   // the whole catalogue, seen items too
    }

    [Fact]
    public async Task Train_resumes_from_its_checkpoints()
    {
        string checkpoints = _directory.PathTo("checkpoints");
        string model = _directory.PathTo("m.zip");
        string[] arguments = ["train", "--data", _data, "--model", model, "--checkpoint-directory", checkpoints, .. Small];
        CliRun first = await CliRun.InvokeAsync(arguments);
        Assert.Equal("", first.Error);
        Assert.NotEmpty(Directory.EnumerateFileSystemEntries(checkpoints));

        CliRun again = await CliRun.InvokeAsync(arguments);
        Assert.Equal(ExitCodes.Error, again.ExitCode);

        CliRun resumed = await CliRun.InvokeAsync([.. arguments, "--resume"]);
        Assert.Equal("", resumed.Error);
        Assert.Equal(ExitCodes.Success, resumed.ExitCode);
    }

    [Fact]
    public async Task Verbose_writes_the_log_to_the_error_output()
    {
        CliRun run = await CliRun.InvokeAsync(["train", "--data", _data, "--model", _directory.PathTo("m.zip"), "--verbose", .. Small]);

        Assert.Equal(ExitCodes.Success, run.ExitCode);
        Assert.NotEmpty(run.Error);
        Assert.Contains("epoch   1/3", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Warnings_of_the_training_are_shown()
    {
        string data = _directory.Write("repeats.csv", "userId,itemId\n" + string.Concat(Enumerable.Range(0, 60).Select(i => $"u{i / 6},{i % 2}\n")));

        CliRun run = await CliRun.InvokeAsync(["train", "--data", data, "--model", _directory.PathTo("repeats.zip"), .. Small]);

        Assert.Equal(ExitCodes.Success, run.ExitCode);
        Assert.StartsWith("Of the held-out items 100 % are in the history before them", run.Error, StringComparison.Ordinal);
        Assert.Single(run.Error.Trim().Split('\n'));
    }

    [Fact]
    public async Task Users_with_one_event_each_cannot_be_evaluated()
    {
        string data = _directory.Write("single.csv", "userId,itemId\nu,a\nv,b\n");
        CliRun run = await CliRun.InvokeAsync("evaluate", "--data", data);

        Assert.Equal(ExitCodes.Error, run.ExitCode);
        Assert.StartsWith("No user has two events", run.Error, StringComparison.Ordinal);
    }
}
