using System.IO.Compression;
using System.Text.Json.Nodes;
using Xunit;

namespace Microsoft.ML.Hydra.Cli.Tests.Commands;

/// <summary>A training that is interrupted or killed, in a process of its own.</summary>
public sealed class InterruptedTrainingTests : IDisposable
{
    private static readonly string[] Small =
    [
        "--set", "EmbeddingDimension=16", "NumberOfLayers=1", "NumberOfLatentHeads=2", "StateDimension=8", "InnerHeadDimension=8",
        "MaximumTokensPerBatch=100", "NumberOfThreads=1", "Patience=0",
    ];

    private readonly TemporaryDirectory _directory = new();
    private readonly string _data;
    private readonly string _model;

    public InterruptedTrainingTests()
    {
        _data = _directory.Write("shop.csv", ShopData.Csv());
        _model = _directory.PathTo("m.zip");
    }

    public void Dispose() => _directory.Dispose();

    [SkippableTheory]
    [InlineData("INT", 130)]
    [InlineData("TERM", 143)]
    public async Task An_interrupted_training_saves_its_best_epoch_and_names_the_command_that_continues(string signal, int exitCode)
    {
        SkipWithoutSignals();
        CliRun run;
        using (CliProcess train = CliProcess.Start(Train(_model, 100_000)))
        {
            await train.WaitForAsync("epoch   2/");
            train.Signal(signal);
            run = await train.EndAsync();
        }

        Assert.Equal(exitCode, run.ExitCode);
        Assert.Contains("Stopping; once more (Ctrl-C) stops at once.", run.Error, StringComparison.Ordinal);
        Assert.Contains($"Training was interrupted; '{_model}' holds the best epoch so far,", run.Error, StringComparison.Ordinal);
        Assert.Equal(ExitCodes.Success, (await CliRun.InvokeAsync("inspect", "--model", _model)).ExitCode);

        // The same without --resume says what to do, and the command that was named continues.
        CliRun again = await CliRun.InvokeAsync(Train(_model, 100_000));
        Assert.Equal(ExitCodes.Error, again.ExitCode);
        Assert.StartsWith($"The directory '{_model}.checkpoints' holds checkpoints of an earlier training; delete it to begin again, or continue with: hydra train ", again.Error, StringComparison.Ordinal);
        Assert.Equal(CommandAfter("continue with: ", again.Error), CommandAfter("Continue with: ", run.Error));
        using CliProcess resumed = CliProcess.Start(CommandAfter("Continue with: ", run.Error));
        await resumed.WaitForAsync("epoch ");
        resumed.Signal("INT");
        CliRun end = await resumed.EndAsync();
        Assert.Equal(130, end.ExitCode);
        Assert.DoesNotContain("epoch   1/", end.Output, StringComparison.Ordinal);

        Directory.Delete(_model + ".checkpoints", recursive: true);
        Assert.Equal("", (await CliRun.InvokeAsync(Train(_model, 1))).Error);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Checkpoints_of_a_training_that_runs_are_not_to_be_deleted(bool resume)
    {
        Directory.CreateDirectory(_model + ".checkpoints");
        _directory.Write("m.zip.checkpoints/epoch-000001.safetensors", "of the other training");
        CliRun run;
        using (new FileStream(_model + ".checkpoints/checkpoints.lock", FileMode.Create, FileAccess.ReadWrite, FileShare.None))
        {
            run = await CliRun.InvokeAsync([.. Train(_model, 1), .. resume ? ["--resume"] : Array.Empty<string>()]);
        }

        Assert.Equal(ExitCodes.Error, run.ExitCode);
        Assert.Equal(
            $"The checkpoint directory '{_model}.checkpoints' is in use by another training; wait for its end, or choose another directory.", run.Error.Trim());

        // A training that was killed leaves its lock without holding it.
        Assert.Contains("delete it to begin again", (await CliRun.InvokeAsync(Train(_model, 1))).Error, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task A_second_interruption_ends_the_process_at_once()
    {
        SkipWithoutSignals();
        using CliProcess train = CliProcess.Start([.. Train(_model, 100_000), "EmbeddingDimension=256", "NumberOfLayers=4", "MaximumTokensPerBatch=100000", "--no-checkpoints"]);
        await train.WaitForAsync("epoch   1/");
        train.Signal("INT", "TERM");    // two of one kind may arrive as one
        CliRun run = await train.EndAsync();

        Assert.True(run.ExitCode is 130 or 143, run.Error);
        Assert.Contains("Stopped at once.", run.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(_model));
    }

    [SkippableFact]
    public async Task An_interrupted_evaluation_reports_the_best_epoch_and_says_so()
    {
        SkipWithoutSignals();
        string json = _directory.PathTo("report.json");
        using CliProcess evaluate = CliProcess.Start(["evaluate", "--data", _data, "--json", json, .. Small, "NumberOfEpochs=100000"]);
        await evaluate.WaitForAsync("epoch   2/");
        evaluate.Signal("INT");
        CliRun run = await evaluate.EndAsync();

        Assert.Equal(130, run.ExitCode);
        Assert.Contains("Training was interrupted; the results are those of the best epoch so far.", run.Error, StringComparison.Ordinal);
        Assert.True((bool)JsonNode.Parse(File.ReadAllText(json))!["interrupted"]!);
    }

    [SkippableFact]
    public async Task A_killed_training_that_is_resumed_gives_the_same_bits_as_one_that_was_not()
    {
        SkipWithoutSignals();
        const int epochs = 40;
        string whole = _directory.PathTo("whole.zip");
        Assert.Equal("", (await CliRun.InvokeAsync([.. Train(whole, epochs)])).Error);
        using (CliProcess train = CliProcess.Start(Train(_model, epochs)))
        {
            await train.WaitForAsync("epoch   5/");
            train.Signal("KILL");
            await train.EndAsync();
        }

        Assert.Single(_directory.FileNames(), name => name.EndsWith(".partial", StringComparison.Ordinal));
        Assert.NotEmpty(Directory.GetFiles(_model + ".checkpoints", "epoch-*.safetensors"));
        CliRun refused = await CliRun.InvokeAsync(Train(_model, epochs));
        CliRun resumed = await CliRun.InvokeAsync(CommandAfter("continue with: ", refused.Error));

        Assert.Equal("", resumed.Error);
        Assert.Equal(ExitCodes.Success, resumed.ExitCode);
        Assert.DoesNotContain("epoch   5/", resumed.Output, StringComparison.Ordinal);
        Assert.Contains("epoch  40/", resumed.Output, StringComparison.Ordinal);
        Assert.Equal(Entry(whole, "weights.safetensors"), Entry(_model, "weights.safetensors"));
        Assert.False(Directory.Exists(_model + ".checkpoints"));
        Assert.Equal(["m.zip", "shop.csv", "whole.zip"], _directory.FileNames());
    }

    [Fact]
    public async Task Checkpoints_are_beside_the_target_of_a_link_only_while_training()
    {
        string link = _directory.PathTo("current.zip");
        File.CreateSymbolicLink(link, "m.zip");
        Directory.CreateDirectory(_model + ".checkpoints");
        _directory.Write("m.zip.checkpoints/notes.txt", "mine");
        CliRun run = await CliRun.InvokeAsync(Train(link, 2));

        Assert.Equal("", run.Error);
        Assert.Equal("m.zip", new FileInfo(link).LinkTarget);
        Assert.Equal(["notes.txt"], Directory.GetFiles(_model + ".checkpoints").Select(Path.GetFileName));
    }

    [Fact]
    public async Task A_training_that_diverges_keeps_the_best_epoch_in_another_file()
    {
        _directory.Write("m.zip", "of yesterday");
        CliRun run = await CliRun.InvokeAsync(
            [.. Train(_model, 60), "MaximumTokensPerBatch=1000000", "LearningRate=1", "WeightDecay=4", "NumberOfWarmupSteps=0", "DropoutRate=0"]);

        Assert.Equal(ExitCodes.Error, run.ExitCode);
        Assert.StartsWith("Training diverged at epoch ", run.Error, StringComparison.Ordinal);
        string saved = _directory.PathTo("m.saved.zip");
        Assert.Matches($"The best epoch before, [0-9]+, is in '{saved}'.", run.Error);
        Assert.Equal("of yesterday", File.ReadAllText(_model));
        Assert.Equal(ExitCodes.Success, (await CliRun.InvokeAsync("inspect", "--model", saved)).ExitCode);
        Assert.False(Directory.Exists(_model + ".checkpoints"));
    }

    private static byte[] Entry(string zip, string name)
    {
        using ZipArchive archive = ZipFile.OpenRead(zip);
        using Stream stream = archive.Entries.Single(entry => entry.Name == name).Open();
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        return bytes.ToArray();
    }

    // No path of the tests needs quotes.
    private static string[] CommandAfter(string words, string error)
    {
        string line = error.Split('\n').Single(line => line.Contains(words, StringComparison.Ordinal));
        string[] command = line[(line.IndexOf(words, StringComparison.Ordinal) + words.Length)..].TrimEnd('.', '\r').Split(' ');
        Assert.Equal("hydra", command[0]);
        return command[1..];
    }

    private static void SkipWithoutSignals() => Skip.If(OperatingSystem.IsWindows(), "The system has no such signals.");

    private string[] Train(string model, int epochs) =>
        ["train", "--data", _data, "--model", model, .. Small, FormattableString.Invariant($"NumberOfEpochs={epochs}")];
}
