using Microsoft.ML.Hydra.Interop;
using Microsoft.ML.Hydra.Tests.Persistence;
using Microsoft.ML.Runtime;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Integration;

/// <summary>A model is saved without ML.NET's temporary files, and a place that cannot take it is noticed before training.</summary>
[Collection(FittedModels.Collection)]
public sealed class SavingTests(FittedModels models)
{
    private static readonly string[] s_contents = ["vocabulary.bin", "popularity.bin", "candidates.bin", "weights.safetensors", "options.json", "manifest.json", "Model.key"];

    [Fact]
    public void The_zip_is_the_one_that_ML_NET_makes()
    {
        using var folder = new TemporaryDirectory();
        DataViewSchema schema = Shelves.Load(models.Context, Shelves.Texts()).Schema;

        models.Text.Save(schema, folder["model.zip"]);

        var own = new SavedModel(File.ReadAllBytes(folder["model.zip"]));
        IReadOnlyDictionary<string, byte[]> expected = models.SavedText.Entries(), found = own.Entries();
        Assert.Equal(expected.Keys, found.Keys);
        Assert.All(expected, entry => Assert.Equal(entry.Value, found[entry.Key]));
        Assert.Contains("Schema", found.Keys);
        Assert.All(s_contents, name => Assert.Contains($"{MlNetZip.ModelDirectory}/{name}", found.Keys));
        Assert.Equal(["model.zip"], folder.FileNames);

        var loaded = (HydraSequenceRecommendationTransformer)new MLContext().Model.Load(folder["model.zip"], out DataViewSchema read);
        Assert.Equal(schema.Select(c => (c.Name, c.Type.ToString())), read.Select(c => (c.Name, c.Type.ToString())));
        Assert.Equal(models.SavedText.DigestOfLearned(), SavedModel.Save(new MLContext(), loaded).DigestOfLearned());
    }

    [Fact]
    public void A_stream_that_only_goes_forward_takes_it_too()
    {
        using var bytes = new MemoryStream();
        using (var forward = new System.IO.Compression.GZipStream(bytes, System.IO.Compression.CompressionLevel.NoCompression, leaveOpen: true))
        {
            models.Text.Save(null, forward);
        }

        bytes.Position = 0;
        using var read = new MemoryStream();
        using var zip = new System.IO.Compression.GZipStream(bytes, System.IO.Compression.CompressionMode.Decompress);
        zip.CopyTo(read);
        Assert.IsType<HydraSequenceRecommendationTransformer>(new MLContext().Model.Load(read, out DataViewSchema schema));
        Assert.Null(schema);
    }

    [Fact]
    public void A_save_that_fails_leaves_the_file_that_was_there_and_says_that_the_model_is_in_memory()
    {
        using var folder = new TemporaryDirectory();
        Directory.CreateDirectory(folder["taken"]);
        string[] places = [Path.Combine(folder.FullName, "none", "model.zip"), folder["taken"]];

        Assert.All(places, place =>
        {
            var error = Assert.Throws<IOException>(() => models.Text.Save(null, place));
            Assert.StartsWith($"The model could not be saved as '{place}': ", error.Message, StringComparison.Ordinal);
            Assert.Contains("it is still in memory", error.Message, StringComparison.Ordinal);
        });

        models.Text.Save(null, folder["model.zip"]);
        Assert.Equal(["model.zip"], folder.FileNames);
    }

    [Fact]
    public void A_link_is_followed()
    {
        using var folder = new TemporaryDirectory();
        File.WriteAllText(folder["first.zip"], "");
        File.CreateSymbolicLink(folder["current.zip"], "first.zip");

        models.Text.Save(null, folder["current.zip"]);

        Assert.NotNull(new FileInfo(folder["current.zip"]).LinkTarget);
        Assert.Equal(File.ReadAllBytes(folder["current.zip"]), File.ReadAllBytes(folder["first.zip"]));
        Assert.NotEmpty(File.ReadAllBytes(folder["first.zip"]));
    }

    [Fact]
    public void A_directory_that_cannot_take_the_model_is_refused_before_the_first_epoch()
    {
        using var folder = new TemporaryDirectory();
        HydraSequenceRecommendationTrainer.Options options = SmallTraining.Options();
        var progress = new EpochList();
        (options.Progress, options.NumberOfEpochs, options.SaveDirectory) = (progress, 1, folder["none"]);
        IDataView data = Shelves.Load(models.Context, Shelves.Texts(customers: 20));

        var error = Assert.Throws<InvalidOperationException>(() => models.Context.SequenceRecommendation().Trainers.Hydra(options).Fit(data));

        Assert.StartsWith($"The model could not be saved after training: SaveDirectory '{folder["none"]}' cannot be written (", error.Message, StringComparison.Ordinal);
        Assert.Empty(progress.Epochs);
        options.SaveDirectory = folder.FullName;
        using var model = models.Context.SequenceRecommendation().Trainers.Hydra(options).Fit(data);
        Assert.Single(progress.Epochs);
        Assert.Empty(folder.FileNames);
    }

    [Fact]
    public void A_temporary_folder_that_cannot_take_it_is_a_warning_whose_cures_work()
    {
        using var folder = new TemporaryDirectory();
        HydraSequenceRecommendationTrainer.Options options = SmallTraining.Options();
        options.NumberOfEpochs = 1;
        var mlContext = new MLContext(seed: 1) { TempFilePath = folder["none"] };
        File.WriteAllText(folder["none"], "a file where the folder should be");
        var log = new LogLines(mlContext);

        using var model = mlContext.SequenceRecommendation().Trainers.Hydra(options).Fit(Shelves.Load(mlContext, Shelves.Texts(customers: 20)));

        string warning = Assert.Single(log.Of(ChannelMessageKind.Warning));
        Assert.StartsWith($"mlContext.Model.Save could not save this model: ML.NET writes it to the folder '{folder["none"]}' first, which cannot be written (", warning, StringComparison.Ordinal);
        Assert.ThrowsAny<Exception>(() => SavedModel.Save(mlContext, model));
        model.Save(null, folder["model.zip"]);
        mlContext.TempFilePath = folder.FullName;
        Assert.Equal(SavedModel.Save(mlContext, model).DigestOfLearned(), new SavedModel(File.ReadAllBytes(folder["model.zip"])).DigestOfLearned());
    }
}
