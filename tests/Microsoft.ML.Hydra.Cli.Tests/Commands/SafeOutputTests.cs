using System.Text.Json.Nodes;
using Microsoft.ML.Hydra.Cli.Commands;
using Microsoft.ML.Hydra.Cli.Reporting;
using Xunit;

namespace Microsoft.ML.Hydra.Cli.Tests.Commands;

/// <summary>Inputs that would be outputs, outputs that fail at the end, and the standard output.</summary>
public sealed class SafeOutputTests : IDisposable
{
    private static readonly string[] Small =
    [
        "--set", "EmbeddingDimension=16", "NumberOfLayers=1", "NumberOfLatentHeads=2", "StateDimension=8", "InnerHeadDimension=8",
        "NumberOfEpochs=1", "MaximumTokensPerBatch=200",
    ];

    private readonly TemporaryDirectory _directory = new();
    private readonly string _data;
    private readonly string _model;

    public SafeOutputTests()
    {
        _data = _directory.Write("d.csv", ShopData.Csv());
        _model = _directory.PathTo("m.zip");
    }

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("train --data d.csv --model d.csv", "--model 'd.csv' and --data 'd.csv' are the same file")]
    [InlineData("train --data d.csv --model m.zip --config m.zip", "--model 'm.zip' and --config 'm.zip' are the same file")]
    [InlineData("train --data d.csv --items c.json --model c.json", "--model 'c.json' and --items 'c.json' are the same file")]
    [InlineData("evaluate --data d.csv --items c.json --json c.json", "--json 'c.json' and --items 'c.json' are the same file")]
    [InlineData("tune --data d.csv --items c.json --trials 1 --output c.json", "--output 'c.json' and --items 'c.json' are the same file")]
    [InlineData("train --data d.csv --model m.zip --checkpoint-directory d.csv", "--checkpoint-directory 'd.csv' and --data 'd.csv' are the same file")]
    [InlineData("train --data d.csv --model m.zip --checkpoint-directory m.zip", "--checkpoint-directory 'm.zip' and --model 'm.zip' are the same file")]
    [InlineData("evaluate --data d.csv --json d.csv", "--json 'd.csv' and --data 'd.csv' are the same file")]
    [InlineData("evaluate --data d.csv --config c.json --json c.json", "--json 'c.json' and --config 'c.json' are the same file")]
    [InlineData("add-items --model m.zip --items d.csv --output m.zip", "--output 'm.zip' and --model 'm.zip' are the same file")]
    [InlineData("add-items --model m.zip --items d.csv --output d.csv", "--output 'd.csv' and --items 'd.csv' are the same file")]
    [InlineData("recommend --model m.zip --data d.csv --output d.csv", "--output 'd.csv' and --data 'd.csv' are the same file")]
    [InlineData("recommend --model m.zip --data d.csv --output m.zip", "--output 'm.zip' and --model 'm.zip' are the same file")]
    [InlineData("tune --data d.csv --trials 1 --output d.csv", "--output 'd.csv' and --data 'd.csv' are the same file")]
    [InlineData("tune --data d.csv --trials 1 --space c.json --output c.json", "--output 'c.json' and --space 'c.json' are the same file")]
    [InlineData("tune --data d.csv --trials 1 --directory s --output s/tuning.jsonl", "--output 's/tuning.jsonl' and the journal of the search 's/tuning.jsonl' are the same file")]
    public async Task No_output_replaces_an_input(string arguments, string expected)
    {
        string[] given = ["d.csv", "m.zip", "c.json"];
        _directory.Write("m.zip", "model");
        _directory.Write("c.json", "{ \"LearningRate\": [0.01] }");
        string[] before = [.. given.Select(name => File.ReadAllText(_directory.PathTo(name)))];
        string[] parts = arguments.Split(' ');
        CliRun run = await CliRun.InvokeAsync(
            [.. parts.Select((part, i) => parts[Math.Max(i - 1, 0)] is "--trials" || i == 0 || part.StartsWith('-') ? part : _directory.PathTo(part))]);

        Assert.Equal(ExitCodes.Error, run.ExitCode);
        Assert.StartsWith(expected, run.Error.Replace(_directory.PathTo("x")[..^1], "", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Equal(before, given.Select(name => File.ReadAllText(_directory.PathTo(name))));
        Assert.Equal(given.Order(StringComparer.Ordinal), _directory.FileNames());
    }

    [Fact]
    public async Task The_standard_output_takes_results_alone()
    {
        CliRun train = await CliRun.InvokeAsync(["train", "--data", _data, "--model", _model, .. Small]);
        Assert.Equal("", train.Error);
        Assert.False(Directory.Exists(_model + ".checkpoints"));

        CliRun csv = await CliRun.InvokeAsync("recommend", "--model", _model, "--data", _data, "--output", "-", "--top", "2");
        Assert.Equal(ExitCodes.Success, csv.ExitCode);
        Assert.All(csv.Output.TrimEnd('\n').Split('\n'), line => Assert.Matches("^(userId,rank,itemId,score|u[0-9]+,[12],\"item, [0-9]+\",.*)$", line));
        Assert.EndsWith("60 users written to -", csv.Error.Trim(), StringComparison.Ordinal);

        CliRun json = await CliRun.InvokeAsync(["evaluate", "--data", _data, "--json", "-", .. Small]);
        Assert.Equal(ShopData.Users, (int)JsonNode.Parse(json.Output)!["data"]!["users"]!);
        Assert.Contains("Unfiltered", json.Error, StringComparison.Ordinal);

        using var stream = new MemoryStream();
        using var error = new StringWriter();
        Assert.Equal(ExitCodes.Success, await HydraCli.RunAsync(
            ["train", "--data", _data, "--model", "-", .. Small], Terminal.Create(TextWriter.Null), error, default, new StandardOutput(() => stream, () => null)));
        File.WriteAllBytes(_directory.PathTo("streamed.zip"), stream.ToArray());
        CliRun inspect = await CliRun.InvokeAsync("inspect", "--model", _directory.PathTo("streamed.zip"));
        Assert.Contains("20 items", inspect.Output, StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData("train --model", "zip")]
    [InlineData("evaluate --json", "json")]
    public async Task A_result_whose_device_is_full_is_kept_in_another_place(string arguments, string extension)
    {
        Skip.IfNot(File.Exists("/dev/full"), "The system has no device that is always full.");
        using CliProcess process = CliProcess.Start([.. arguments.Split(' '), "/dev/full", "--data", _data, .. Small], folder: _directory.PathTo(""));
        CliRun run = await process.EndAsync();

        Assert.Equal(ExitCodes.Error, run.ExitCode);
        Assert.Contains("The output '/dev/full' could not be written:", run.Error, StringComparison.Ordinal);
        string saved = run.Error.Split("is in '")[1].Split('\'')[0];
        Assert.EndsWith($".saved.{extension}", saved, StringComparison.Ordinal);
        Assert.Equal(_directory.PathTo(Path.GetFileName(saved)), saved);
        if (extension == "zip")
        {
            Assert.Equal(ExitCodes.Success, (await CliRun.InvokeAsync("inspect", "--model", saved)).ExitCode);
        }
        else
        {
            Assert.NotNull(JsonNode.Parse(File.ReadAllText(saved))!["models"]);
        }
    }

    [Fact]
    public async Task An_output_that_becomes_a_directory_while_training_loses_nothing_and_the_cure_works()
    {
        var epochs = new DirectoryOnFirstEpoch(_model);
        using var error = new StringWriter();
        int code = await HydraCli.RunAsync(["train", "--data", _data, "--model", _model, .. Small], Terminal.Create(epochs), error);

        Assert.Equal(ExitCodes.Error, code);
        string saved = _directory.PathTo("m.saved.zip");
        Assert.Contains($"Nothing is lost: the trained model is in '{saved}'.", error.ToString(), StringComparison.Ordinal);
        if (!OperatingSystem.IsWindows())
        {
            Directory.Delete(_model);
            using var move = System.Diagnostics.Process.Start("sh", ["-c", error.ToString().Split("When it can be written again: ")[1].Trim()]);
            await move.WaitForExitAsync();
            Assert.Equal(ExitCodes.Success, (await CliRun.InvokeAsync("inspect", "--model", _model)).ExitCode);
        }
    }

    /// <summary>Makes a directory in the place of the output when the first epoch is reported.</summary>
    private sealed class DirectoryOnFirstEpoch(string path) : StringWriter
    {
        public override void Write(string? value)
        {
            base.Write(value);
            if (value?.Contains("epoch", StringComparison.Ordinal) is true)
            {
                Directory.CreateDirectory(path);
            }
        }

        public override void Write(char[] buffer, int index, int count) => Write(new string(buffer, index, count));

        public override void Write(ReadOnlySpan<char> buffer) => Write(buffer.ToString());
    }
}
