using Microsoft.ML.Data;
using Microsoft.ML.Hydra.Cli.Input;
using Xunit;

namespace Microsoft.ML.Hydra.Cli.Tests.Input;

public sealed class ReadingReportTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly MLContext _mlContext = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void White_space_around_ids_is_no_part_of_them()
    {
        (IDataView sequences, InteractionReport report) = Group("userId,itemId,timestamp\n u , a ,1\nu\t,\" b\t\",2\n\u00A0u,a,3\n  ,a,4\n");

        Assert.Equal(["u"], sequences.GetColumn<string>(Interactions.User));
        Assert.Equal([["a", "b", "a"]], sequences.GetColumn<string[]>("Items"));
        Assert.Equal(1, report.NumberOfRowsWithoutUser);
    }

    [Theory]
    [InlineData("1", "3")]
    [InlineData("1.5", "3")]
    [InlineData("2024-01-01", "2024-01-03")]
    public void A_missing_time_skips_its_row_and_is_counted(string first, string last)
    {
        (IDataView sequences, InteractionReport report) = Group(
            $"userId,itemId,timestamp\nu,b,{last}\nu,x,\nu,y\nu,z, \n,a,5\nu,,\nu,a,{first}\n".Replace(",5", "," + last, StringComparison.Ordinal));

        Assert.Equal([["a", "b"]], sequences.GetColumn<string[]>("Items"));
        Assert.Equal((7, 1, 1, 3), (report.NumberOfRows, report.NumberOfRowsWithoutUser, report.NumberOfRowsWithoutItem, report.NumberOfRowsWithoutTime));
        Assert.Equal(2, report.NumberOfEvents);
        Assert.Contains(
            "Skipped 5 of 7 interactions: 1 without a user, 1 without an item, 3 without a time.", Assert.Single(report.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void Seconds_and_milliseconds_in_one_column_are_a_warning_with_first_and_last_time()
    {
        (_, InteractionReport report) = Group("userId,itemId,timestamp\nu,a,1700000000\nu,b,1700000001000\n");

        Assert.Contains(
            "'timestamp' go from 1700000000 (2023-11-14 22:13:20 UTC) to 1700000001000 (2023-11-14 22:13:21 UTC)",
            Assert.Single(report.Warnings),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_command_that_reads_data_writes_the_report()
    {
        string[] small = ["--set", "EmbeddingDimension=16", "NumberOfLayers=1", "NumberOfLatentHeads=2", "StateDimension=8", "InnerHeadDimension=8", "NumberOfEpochs=1"];
        string data = _directory.Write("shop.csv", ShopData.Csv().Replace("userId,itemId,timestamp", "user_id,sku,ts", StringComparison.Ordinal) + "u0,\"item, 3\",\n");
        string model = _directory.PathTo("m.zip");
        CliRun[] runs =
        [
            await CliRun.InvokeAsync(["train", "--data", data, "--model", model, .. small]),
            await CliRun.InvokeAsync(["evaluate", "--data", data, .. small]),
            await CliRun.InvokeAsync(["tune", "--data", data, "--trials", "1", "--directory", _directory.PathTo("tuning"), .. small]),
            await CliRun.InvokeAsync("recommend", "--data", data, "--model", model, "--output", _directory.PathTo("o.csv")),
        ];

        Assert.All(runs, run =>
        {
            string output = string.Join(' ', run.Output.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
            Assert.Contains("separator comma; user 'user_id', item 'sku', time 'ts'", output, StringComparison.Ordinal);
            Assert.Contains("481 rows: 60 users ('user_id'), 20 items ('sku'), 480 events; skipped rows: 1 (0 without a user, 0 without an item, 1 without a time)", output, StringComparison.Ordinal);
            Assert.Contains("Order: by 'ts', from 0 to 7; ties in time: 0, exact duplicates (user, item, time): 0", output, StringComparison.Ordinal);
            Assert.Equal("Skipped 1 of 481 interactions: 0 without a user, 0 without an item, 1 without a time.", run.Error.Trim());
            Assert.Equal(ExitCodes.Success, run.ExitCode);
        });
    }

    [Fact]
    public async Task Drop_repeats_leaves_copies_and_consecutive_repeats_out()
    {
        string data = _directory.Write("d.txt", "1|a|5\n1|a|5\n1|a|6\n1|b|7\n1|c|8\n2|c|1\n2|d|2\n2|b|3\n");
        CliRun run = await CliRun.InvokeAsync(
            "evaluate", "--data", data, "--no-header", "--user-column", "1", "--item-column", "2", "--timestamp-column", "3", "--drop-repeats",
            "--set", "EmbeddingDimension=16", "NumberOfLayers=1", "NumberOfLatentHeads=2", "StateDimension=8", "InnerHeadDimension=8", "NumberOfEpochs=1", "Validation=None");
        string output = string.Join(' ', run.Output.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

        Assert.Contains("separator pipe (guessed; --separator sets it)", output, StringComparison.Ordinal);
        Assert.Contains("8 rows: 2 users ('column 1'), 4 items ('column 2'), 6 events", output, StringComparison.Ordinal);
        Assert.Contains("exact duplicates (user, item, time): 1; repeats dropped: 2", output, StringComparison.Ordinal);
        Assert.Equal(ExitCodes.Success, run.ExitCode);
    }

    [Theory]
    [InlineData("--separator", "::", "--separator is '::'; expected one character")]
    [InlineData("--encoding", "klingon", "--encoding is 'klingon'; expected utf-8, latin1")]
    public async Task A_wrong_format_is_one_sentence(string argument, string value, string expected)
    {
        CliRun run = await CliRun.InvokeAsync("evaluate", "--data", "nowhere.csv", argument, value);

        Assert.Equal(ExitCodes.Error, run.ExitCode);
        Assert.Contains(expected, run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Copies_alone_do_not_lead_to_the_hint_about_seen_items()
    {
        string[] rows = ShopData.Csv().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        string unique = string.Join('\n', rows.Skip(1).DistinctBy(row => row[..row.LastIndexOf(',')]).SelectMany(row => new[] { row, row }));
        string data = _directory.Write("copies.csv", rows[0] + "\n" + unique + "\n");
        string[] arguments =
        [
            "train", "--data", data, "--model", _directory.PathTo("m.zip"),
            "--set", "EmbeddingDimension=16", "NumberOfLayers=1", "NumberOfLatentHeads=2", "StateDimension=8", "InnerHeadDimension=8", "NumberOfEpochs=1",
        ];
        CliRun copies = await CliRun.InvokeAsync(arguments);
        CliRun dropped = await CliRun.InvokeAsync([.. arguments, "--drop-repeats"]);

        Assert.DoesNotContain("ExcludeSeenItems", copies.Error, StringComparison.Ordinal);
        Assert.Contains("repeat the item right before them", copies.Error, StringComparison.Ordinal);
        Assert.Equal("", dropped.Error);
    }

    private (IDataView Sequences, InteractionReport Report) Group(string text)
    {
        Interactions read = InteractionReader.Read(_mlContext, _directory.Write("d.csv", text), new InteractionColumns());
        IDataView sequences = read.Group(_mlContext, dropRepeats: false, out InteractionReport report);
        return (sequences, report);
    }
}
