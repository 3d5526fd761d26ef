using Microsoft.ML.Hydra.Cli;
using Microsoft.ML.Hydra.Cli.Reporting;
using Microsoft.ML.Hydra.Persistence;
using Microsoft.ML.Hydra.Robustness.Cases;
using Microsoft.ML.Hydra.Robustness.Models;
using Microsoft.ML.Hydra.Tests.Integration;
using Microsoft.ML.Hydra.Tests.Persistence;
using Xunit;

namespace Microsoft.ML.Hydra.Robustness.Disks;

/// <summary>Disks that are full or read-only, also for root: what was there stays, nothing is half-written, and the error is one sentence.</summary>
public sealed class DiskTests : IDisposable
{
    private readonly SmallDisk? _mounted = SmallDisk.Mount();
    private readonly TemporaryDirectory _folder = new();

    private SmallDisk Disk
    {
        get
        {
            Skip.If(_mounted is null, SmallDisk.Missing);
            return _mounted;
        }
    }

    public void Dispose()
    {
        _mounted?.Dispose();
        _folder.Dispose();
    }

    [SkippableFact]
    public void A_checkpoint_that_does_not_fit_leaves_the_earlier_ones()
    {
        var store = new CheckpointStore(Disk.Path, keepLast: 2);
        store.Save(CheckpointOf(1, SmallDisk.Size * 2 / 5));
        store.Save(CheckpointOf(2, SmallDisk.Size * 2 / 5));

        Exception error = Assert.ThrowsAny<Exception>(() => store.Save(CheckpointOf(3, SmallDisk.Size * 2 / 5)));

        Refusal.Check(Assert.IsType<InvalidOperationException>(error));
        Assert.Contains(Disk.Path, error.Message, StringComparison.Ordinal);
        Assert.Equal(["epoch-000001.safetensors", "epoch-000002.safetensors"], Disk.FileNames);
        Assert.True(store.TryLoadLatest(out Checkpoint? latest, out IReadOnlyList<string> warnings));
        Assert.Equal((2, 0), (latest.Epoch, warnings.Count));
    }

    [SkippableFact]
    public void A_training_whose_checkpoints_cannot_be_written_is_refused_before_the_first_epoch()
    {
        Disk.MakeReadOnly();
        TrainerOptions options = SmallTraining.Options();
        int epochs = 0;
        (options.CheckpointDirectory, options.Progress) = (Disk["checkpoints"], new Callback<EpochMetrics>(_ => epochs++));
        var mlContext = new MLContext(seed: 1);

        Exception error = Assert.ThrowsAny<Exception>(
            () => mlContext.SequenceRecommendation().Trainers.Hydra(options).Fit(Shelves.Load(mlContext, Shelves.Texts(customers: 20))));

        Refusal.Check(Assert.IsType<InvalidOperationException>(error));
        Assert.Contains(Disk["checkpoints"], error.Message, StringComparison.Ordinal);
        Assert.Equal(0, epochs);
        Assert.Empty(Disk.FileNames);
    }

    [SkippableFact]
    public void A_search_whose_directory_cannot_be_written_is_refused_before_the_first_trial()
    {
        Disk.MakeReadOnly();
        int trials = 0;
        var options = new HydraTuningOptions
        {
            TrainerOptions = SmallTraining.Options(), MaximumTrials = 2, Directory = Disk["search"], Progress = new Callback<HydraTrial>(_ => trials++),
        };
        var mlContext = new MLContext(seed: 1);

        Exception error = Assert.ThrowsAny<Exception>(
            () => mlContext.SequenceRecommendation().Tune(Shelves.Load(mlContext, Shelves.Texts(customers: 20)), HydraSearchSpace.Default, options));

        Refusal.Check(Assert.IsType<InvalidOperationException>(error));
        Assert.Contains(Disk["search"], error.Message, StringComparison.Ordinal);
        Assert.Equal(0, trials);
        Assert.Empty(Disk.FileNames);
    }

    [SkippableFact]
    public void A_file_that_is_replaced_stays_when_the_new_one_does_not_fit()
    {
        byte[] old = new byte[SmallDisk.Size / 2];
        new Random(1).NextBytes(old);
        AtomicFile.Write(Disk["file"], stream => stream.Write(old));

        Assert.ThrowsAny<IOException>(() => AtomicFile.Write(Disk["file"], stream => stream.Write(new byte[SmallDisk.Size])));

        Assert.Equal(["file"], Disk.FileNames);
        Assert.Equal(old, File.ReadAllBytes(Disk["file"]));
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_tool_leaves_the_old_model_where_a_new_one_cannot_be_saved(bool isReadOnly)
    {
        File.WriteAllText(Disk["model.zip"], "the old model");
        if (isReadOnly)
        {
            Disk.MakeReadOnly();
        }
        else
        {
            Disk.FillUpTo(free: 20_000);
        }

        string[] before = Disk.FileNames;
        File.WriteAllLines(_folder["data.csv"], ["userId,itemId", .. Shelves.Texts(customers: 20).SelectMany((items, user) => items.Select(item => $"{user},{item}"))]);

        (int exitCode, string error) = await Tool(
            "train", "--data", _folder["data.csv"], "--model", Disk["model.zip"], "--set", "EmbeddingDimension=64", "--set", "NumberOfEpochs=1", "--set", "Validation=None");

        Assert.NotEqual(0, exitCode);
        Assert.DoesNotContain("--help", error, StringComparison.Ordinal);   // the command itself is right
        Assert.Contains(Disk.Path, error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
        Assert.Equal("the old model", File.ReadAllText(Disk["model.zip"]));
        Assert.Equal(before, Disk.FileNames);
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_model_that_cannot_be_saved_leaves_the_old_one_and_can_be_saved_elsewhere(bool isReadOnly)
    {
        File.WriteAllText(Disk["model.zip"], "the old model");
        if (isReadOnly)
        {
            Disk.MakeReadOnly();
        }
        else
        {
            Disk.FillUpTo(free: 20_000);
        }

        string[] before = Disk.FileNames;
        var mlContext = new MLContext(seed: 1);
        using HydraSequenceRecommendationTransformer model = Large(mlContext);

        Exception error = Assert.ThrowsAny<Exception>(() => model.Save(null, Disk["model.zip"]));

        Refusal.Check(Assert.IsType<IOException>(error));
        Assert.Contains(Disk["model.zip"], error.Message, StringComparison.Ordinal);
        Assert.Equal("the old model", File.ReadAllText(Disk["model.zip"]));
        Assert.Equal(before, Disk.FileNames);
        model.Save(null, _folder["model.zip"]);
        using var loaded = (HydraSequenceRecommendationTransformer)mlContext.Model.Load(_folder["model.zip"], out _);
        Assert.Equal(Verdict.Works, ModelCheck.Use(loaded));
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_training_whose_model_could_not_be_saved_is_refused_before_the_first_epoch(bool isReadOnly)
    {
        if (isReadOnly)
        {
            Disk.MakeReadOnly();
        }
        else
        {
            Disk.FillUpTo(free: 20_000);
        }

        TrainerOptions options = SmallTraining.Options();
        int epochs = 0;
        (options.EmbeddingDimension, options.SaveDirectory, options.Progress) = (192, Disk.Path, new Callback<EpochMetrics>(_ => epochs++));
        options.InnerHeadDimension = 16;
        var mlContext = new MLContext(seed: 1);

        Exception error = Assert.ThrowsAny<Exception>(
            () => mlContext.SequenceRecommendation().Trainers.Hydra(options).Fit(Shelves.Load(mlContext, Shelves.Texts(customers: 20))));

        Refusal.Check(Assert.IsType<InvalidOperationException>(error));
        Assert.Contains(Disk.Path, error.Message, StringComparison.Ordinal);
        Assert.Equal(0, epochs);
    }

    [SkippableFact]
    public void A_model_above_one_megabyte_loads_where_nothing_can_be_written()
    {
        var mlContext = new MLContext(seed: 1);
        using (HydraSequenceRecommendationTransformer model = Large(mlContext, items: 5000))
        {
            model.Save(null, Disk["model.zip"]);
        }

        Assert.InRange(new FileInfo(Disk["model.zip"]).Length, 1 << 20, SmallDisk.Size);
        Disk.MakeReadOnly();
        using var process = OwnProcess.Start([KeyValuePair.Create("TMPDIR", Disk.Path)], [LoadingProcess.Command, Disk["model.zip"]]);
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();

        Assert.True(process.ExitCode == 0, errors.Result);
        Assert.Equal(nameof(Verdict.Works), output.Trim());
    }

    private static async Task<(int ExitCode, string Error)> Tool(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        int exitCode = await HydraCli.RunAsync(arguments, Terminal.Create(output), error);
        return (exitCode, error.ToString());
    }

    // 600 kB, and 250 bytes for each further item
    private static HydraSequenceRecommendationTransformer Large(MLContext mlContext, int items = 1000)
    {
        var options = new TrainerOptions { EmbeddingDimension = 64, NumberOfLayers = 1, MaximumTokensPerBatch = 64, LearningRate = 0.01, DropoutRate = 0, LaterTargetRate = 0, Seed = 1 };
        return RandomModel.Transformer(mlContext, RandomModel.Create(options, RandomModel.Texts(items), new Random(1)));
    }

    private static Checkpoint CheckpointOf(int epoch, int bytes) =>
        new(epoch, new Dictionary<string, string>(), [new NamedTensor("weights", [bytes / sizeof(float)], new float[bytes / sizeof(float)])]);

    private sealed class Callback<T>(Action<T> report) : IProgress<T>
    {
        public void Report(T value) => report(value);
    }
}
