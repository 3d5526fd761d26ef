using Xunit;

namespace Microsoft.ML.Hydra.Cli.Tests.Commands;

/// <summary>Trainings whose disks are too small, in a process of their own.</summary>
public sealed class FullDiskTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly string _data;

    public FullDiskTests() => _data = _directory.Write("d.csv", ShopData.Csv());

    public void Dispose() => _directory.Dispose();

    [SkippableFact]
    public async Task A_model_that_cannot_fit_is_refused_before_the_first_epoch()
    {
        using SmallDisk disk = SmallDisk.MountAt(_directory.PathTo("disk"));
        string many = _directory.Write("many.csv", "userId,itemId\n" + string.Concat(Enumerable.Range(0, 10_000).Select(i => $"u{i / 5},i{i}\n")));
        CliRun run = await CliRun.InvokeAsync("train", "--data", many, "--model", _directory.PathTo("disk/m.zip"));

        Assert.Equal(ExitCodes.Error, run.ExitCode);
        Assert.Contains("MB free, and the output needs about ", run.Error, StringComparison.Ordinal);
        Assert.EndsWith(" MB; nothing was trained: free space on it or choose an output on another disk.", run.Error.Trim(), StringComparison.Ordinal);
        Assert.DoesNotContain("epoch", run.Output, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(_directory.PathTo("disk")));
    }

    [SkippableFact]
    public async Task A_model_that_will_not_fit_is_refused_before_the_training()
    {
        using SmallDisk disk = SmallDisk.MountAt(_directory.PathTo("disk"));
        string output = _directory.Write("disk/m.zip", "old");
        CliRun run = await Train(output, Directory.CreateDirectory(_directory.PathTo("temporary")).FullName, "--no-checkpoints");

        Assert.Equal(ExitCodes.Error, run.ExitCode);
        Assert.Matches(
            $"^The model could not be saved to '{output}' after the training: the folder '{_directory.PathTo("disk")}' has 2.0 MB free, and the model needs about [0-9.]+ MB; nothing was trained: free space there, or choose an output in another folder.\\s*$",
            run.Error);
        Assert.DoesNotContain("epoch", run.Output, StringComparison.Ordinal);
        Assert.Equal("old", File.ReadAllText(output));
        Assert.Equal(["m.zip"], Directory.GetFileSystemEntries(_directory.PathTo("disk")).Select(Path.GetFileName));
    }

    [SkippableFact]
    public async Task Checkpoints_are_left_out_where_the_disk_has_no_space_for_them()
    {
        using SmallDisk disk = SmallDisk.MountAt(_directory.PathTo("disk"));
        string[] train =
        [
            "train", "--data", _data, "--model", _directory.PathTo("disk/m.zip"), "--set", "EmbeddingDimension=64", "NumberOfLayers=2", "NumberOfEpochs=1",
        ];
        CliRun run = await CliRun.InvokeAsync(train);

        Assert.Equal(ExitCodes.Success, run.ExitCode);
        Assert.Matches(
            "^The disk of the model has 2.0 MB free and checkpoints need about 5.[0-9] MB, so none are kept; --checkpoint-directory names a directory on another disk.\\s*$",
            run.Error);
        Assert.Equal(["m.zip"], Directory.GetFileSystemEntries(_directory.PathTo("disk")).Select(Path.GetFileName));

        CliRun cured = await CliRun.InvokeAsync([.. train, "--checkpoint-directory", _directory.PathTo("c")]);
        Assert.Equal("", cured.Error);
        Assert.Equal(["epoch-000001.safetensors"], Directory.GetFiles(_directory.PathTo("c"), "*.safetensors").Select(Path.GetFileName));
    }

    [SkippableFact]
    public async Task Checkpoints_that_fill_the_disk_leave_a_training_that_the_named_command_continues()
    {
        using SmallDisk disk = SmallDisk.MountAt(_directory.PathTo("disk"));
        string model = _directory.PathTo("m.zip");
        string[] train =
        [
            "train", "--data", _data, "--model", model, "--checkpoint-directory", _directory.PathTo("disk/c"),
            "--set", "EmbeddingDimension=32", "NumberOfLayers=1", "NumberOfEpochs=20", "NumberOfCheckpoints=20", "Patience=0", "NumberOfThreads=1",
        ];
        CliRun run = await CliRun.InvokeAsync(train);

        Assert.Equal(ExitCodes.Error, run.ExitCode);
        string command = $"hydra {string.Join(' ', train)} --resume";
        Assert.Contains($"hold what was trained until then; when the cause is removed, continue with: {command}", run.Error, StringComparison.Ordinal);
        foreach (string file in Directory.GetFiles(_directory.PathTo("disk/c")).Order(StringComparer.Ordinal).SkipLast(1))
        {
            File.Delete(file);
        }

        CliRun resumed = await CliRun.InvokeAsync([.. command.Split(' ')[1..].Select(part => part.Replace("Checkpoints=20", "Checkpoints=2", StringComparison.Ordinal))]);
        Assert.Equal("", resumed.Error);
        Assert.Contains("epoch  20/20", resumed.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("epoch   1/20", resumed.Output, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task A_small_disk_for_temporary_files_loses_no_model()
    {
        using SmallDisk disk = SmallDisk.MountAt(_directory.PathTo("disk"));
        CliRun run = await Train(_directory.PathTo("m.zip"), _directory.PathTo("disk"));

        Assert.Equal("", run.Error);
        Assert.Equal(ExitCodes.Success, run.ExitCode);
        Assert.Equal(ExitCodes.Success, (await CliRun.InvokeAsync("inspect", "--model", _directory.PathTo("m.zip"))).ExitCode);
    }

    private async Task<CliRun> Train(string output, string temporary, params string[] more)
    {
        using CliProcess process = CliProcess.Start(
            ["train", "--data", _data, "--model", output, .. more, "--set", "EmbeddingDimension=192", "NumberOfLayers=2", "NumberOfEpochs=1", "NumberOfThreads=1"],
            new Dictionary<string, string> { ["TMPDIR"] = temporary },
            _directory.PathTo(""));
        return await process.EndAsync();
    }
}
