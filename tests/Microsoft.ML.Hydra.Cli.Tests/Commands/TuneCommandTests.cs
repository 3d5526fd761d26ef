using System.Text.Json.Nodes;
using Xunit;

namespace Microsoft.ML.Hydra.Cli.Tests.Commands;

/// <summary><c>hydra tune</c> from file to file, with models small enough for a test.</summary>
public sealed class TuneCommandTests : IDisposable
{
    private static readonly string[] Small =
    [
        "--set", "EmbeddingDimension=16", "NumberOfLatentHeads=2", "StateDimension=8", "InnerHeadDimension=8",
        "NumberOfEpochs=3", "MaximumTokensPerBatch=200",
    ];

    private readonly TemporaryDirectory _directory = new();
    private readonly string _data;
    private readonly string _space;
    private readonly string _search;

    public TuneCommandTests()
    {
        _data = _directory.WriteGzip("shop.csv.gz", ShopData.Csv());
        _space = _directory.Write("space.json", """{ "LearningRate": { "logUniform": [0.005, 0.05] }, "NumberOfLayers": [1, 2], "StateDimension": [4, 16] }""");
        _search = _directory.PathTo("search");
    }

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Train_and_evaluate_accept_the_configuration_that_was_found()
    {
        CliRun tune = await Tune("--trials", "4");

        Assert.Equal("", tune.Error);
        Assert.Equal(ExitCodes.Success, tune.ExitCode);
        string config = Path.Combine(_search, "best.json");
        Assert.Contains($"hydra evaluate --data {_data} --config {config}", tune.Output, StringComparison.Ordinal);
        JsonObject options = JsonNode.Parse(File.ReadAllText(config))!.AsObject();
        Assert.Equal(8, (int)options["StateDimension"]!);   // set by --set, so it stays
        Assert.Equal("Throw", (string)options["CancellationBehavior"]!);

        CliRun train = await CliRun.InvokeAsync("train", "--data", _data, "--model", _directory.PathTo("m.zip"), "--config", config);
        Assert.Equal("", train.Error);
        CliRun evaluate = await CliRun.InvokeAsync("evaluate", "--data", _data, "--config", config);
        Assert.Equal("", evaluate.Error);

        // The same split and the same seed give the trial's metric again.
        double best = tune.Output.Split('\n').Where(line => line.StartsWith("val NDCG@10  ", StringComparison.Ordinal))
            .Select(line => double.Parse(line["val NDCG@10  ".Length..].Split(',')[0], null)).Single();
        Assert.Contains(FormattableString.Invariant($"validation   NDCG@10 {best:F4}"), evaluate.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_resumed_search_continues_and_shows_all_its_trials()
    {
        string[] rows = Rows(await Tune("--trials", "5"));
        string config = File.ReadAllText(Path.Combine(_search, "best.json"));
        Directory.Delete(_search, recursive: true);

        Assert.Equal(rows[..2], Rows(await Tune("--trials", "2")));
        Assert.Contains("already holds the journal of a search", (await Tune("--trials", "5")).Error, StringComparison.Ordinal);
        Assert.Contains("Seed (1 there, 2 here)", (await Tune("--trials", "5", "--resume", "--seed", "2")).Error, StringComparison.Ordinal);

        Assert.Equal(rows, Rows(await Tune("--trials", "5", "--resume")));
        Assert.Equal(config, File.ReadAllText(Path.Combine(_search, "best.json")));
        Assert.Equal(5, rows.Length);
        Assert.Contains("nothing: the initial options", rows[0], StringComparison.Ordinal);
        Assert.Contains("LearningRate", rows[1], StringComparison.Ordinal);
        Assert.DoesNotContain(rows, row => row.Contains("StateDimension", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_search_never_sees_the_last_event_of_a_user()
    {
        string[] rows = Rows(await Tune("--trials", "3"));
        Directory.Delete(_search, recursive: true);

        string[] lines = ShopData.Csv().Split('\n');
        string other = _directory.Write("other.csv", string.Join('\n', lines.Select(line => line.EndsWith(",7", StringComparison.Ordinal) ? line.Split(',')[0] + ",another,7" : line)));
        CliRun run = await CliRun.InvokeAsync(["tune", "--data", other, "--space", _space, "--directory", _search, "--trials", "3", .. Small]);

        Assert.Equal(rows, Rows(run));
    }

    [Fact]
    public async Task An_interrupted_search_writes_the_best_so_far_and_returns_130()
    {
        using var source = new CancellationTokenSource();
        string output = _directory.PathTo("config.json");
        string journal = Path.Combine(_search, "tuning.jsonl");

        // A separate thread: the search may keep the threads of the pool busy.
        var canceller = new Thread(() =>
        {
            for (int i = 0; i < 600 && !(File.Exists(journal) && File.ReadLines(journal).Count() > 3); i++)
            {
                Thread.Sleep(50);
            }

            source.Cancel();
        });
        canceller.Start();
        CliRun run = await CliRun.InvokeAsync(
            ["tune", "--data", _data, "--space", _space, "--directory", _search, "--budget", "2m", "--output", output, .. Small], source.Token);
        canceller.Join();

        Assert.Equal(ExitCodes.Cancelled, run.ExitCode);
        Assert.Equal("The search was interrupted; the configuration is the best so far.", run.Error.Trim());
        Assert.NotNull(JsonNode.Parse(File.ReadAllText(output))!["EmbeddingDimension"]);
    }

    [Theory]
    [InlineData("{ \"LearningRat\": [1] }", "There is no option 'LearningRat' to search over;")]
    [InlineData("{ \"LearningRate\": [-1] }", "LearningRate is -1; it must be a number above 0.")]
    [InlineData("{", "The search space is not valid JSON:")]
    public async Task A_mistake_in_the_space_is_one_sentence_with_its_file(string space, string expected)
    {
        string path = _directory.Write("wrong.json", space);
        CliRun run = await CliRun.InvokeAsync("tune", "--data", _data, "--space", path, "--trials", "2");

        Assert.Equal(ExitCodes.Error, run.ExitCode);
        Assert.StartsWith($"{path}: {expected}", run.Error, StringComparison.Ordinal);
        Assert.Single(run.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    private Task<CliRun> Tune(params string[] arguments) =>
        CliRun.InvokeAsync(["tune", "--data", _data, "--space", _space, "--directory", _search, .. arguments, .. Small]);

    // The rows of the trials without their time.
    private static string[] Rows(CliRun run)
    {
        Assert.Equal("", run.Error);
        return [.. run.Output.Split('\n').SkipWhile(line => !line.StartsWith("trial ", StringComparison.Ordinal)).Skip(1).TakeWhile(line => line.Length > 1).Select(line => line[..26] + line[37..].TrimEnd())];
    }
}
