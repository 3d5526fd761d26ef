using Microsoft.ML.Hydra.Tests.Persistence;
using Microsoft.ML.Runtime;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Integration;

/// <summary>Disks that are full or read-only: noticed before training, and a trained model is never lost.</summary>
public sealed class FullDiskTests : IClassFixture<FullDiskTests.Trained>
{
    private readonly Trained _trained;

    public FullDiskTests(Trained trained) => _trained = trained;

    [SkippableFact]
    public void A_full_temporary_folder_is_a_warning_and_then_an_error_that_keeps_the_model()
    {
        using var disk = new SmallDisk();
        using var folder = new TemporaryDirectory();
        var mlContext = new MLContext(seed: 1) { TempFilePath = disk.FullName };
        var log = new LogLines(mlContext);

        using var model = Trained.Fit(mlContext, Trained.Options());

        Assert.Contains(
            $"ML.NET writes it to the folder '{disk.FullName}' first, which has 1,048,576 bytes free, and the model needs about ",
            Assert.Single(log.Of(ChannelMessageKind.Warning)), StringComparison.Ordinal);
        IOException error = Assert.Throws<IOException>(() => SavedModel.Save(mlContext, model));
        Assert.Contains($"It is still in memory. ML.NET writes a model to the folder '{disk.FullName}' first: set MLContext.TempFilePath", error.Message, StringComparison.Ordinal);
        model.Save(null, folder["model.zip"]);
        mlContext.TempFilePath = folder.FullName;
        Assert.Equal(SavedModel.Save(mlContext, model).DigestOfLearned(), new SavedModel(File.ReadAllBytes(folder["model.zip"])).DigestOfLearned());
    }

    [SkippableTheory]
    [InlineData(false, "has 1,048,576 bytes free, and the model needs about ")]
    [InlineData(true, "cannot be written (Read-only file system")]
    public void A_directory_to_save_in_that_cannot_take_the_model_is_refused_before_the_first_epoch(bool readOnly, string because)
    {
        using var disk = new SmallDisk();
        if (readOnly)
        {
            disk.MakeReadOnly();
        }

        HydraSequenceRecommendationTrainer.Options options = Trained.Options();
        var progress = new EpochList();
        (options.SaveDirectory, options.Progress) = (disk.FullName, progress);

        var error = Assert.Throws<InvalidOperationException>(() => Trained.Fit(new MLContext(seed: 1), options));

        Assert.StartsWith($"The model could not be saved after training: SaveDirectory '{disk.FullName}' {because}", error.Message, StringComparison.Ordinal);
        Assert.Empty(progress.Epochs);
    }

    [SkippableFact]
    public void A_save_on_a_full_disk_leaves_the_file_that_was_there_and_no_other()
    {
        using var disk = new SmallDisk();
        using var folder = new TemporaryDirectory();
        File.WriteAllText(disk["model.zip"], "the model of yesterday");

        IOException error = Assert.Throws<IOException>(() => _trained.Model.Save(null, disk["model.zip"]));

        Assert.StartsWith($"The model could not be saved as '{disk["model.zip"]}': No space left on device", error.Message, StringComparison.Ordinal);
        Assert.Equal(["model.zip"], disk.FileNames);
        Assert.Equal("the model of yesterday", File.ReadAllText(disk["model.zip"]));
        _trained.Model.Save(null, folder["model.zip"]);
        Assert.True(new FileInfo(folder["model.zip"]).Length > SmallDisk.Size);
    }

    /// <summary>A model of more than the size of the disk.</summary>
    public sealed class Trained : IDisposable
    {
        public HydraSequenceRecommendationTransformer Model { get; } = Fit(new MLContext(seed: 1), Options());

        public void Dispose() => Model.Dispose();

        internal static HydraSequenceRecommendationTrainer.Options Options()
        {
            HydraSequenceRecommendationTrainer.Options options = SmallTraining.Options();
            (options.EmbeddingDimension, options.NumberOfEpochs) = (192, 1);
            return options;
        }

        internal static HydraSequenceRecommendationTransformer Fit(MLContext mlContext, HydraSequenceRecommendationTrainer.Options options) =>
            mlContext.SequenceRecommendation().Trainers.Hydra(options).Fit(Shelves.Load(mlContext, Shelves.Texts(customers: 20)));
    }
}
