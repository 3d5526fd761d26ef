using Microsoft.ML.Hydra.Tests.Persistence;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Integration;

/// <summary>Where no folder for temporary files can be written to, models load and train all the same.</summary>
public sealed class TightPlaceTests : IDisposable
{
    private readonly TemporaryDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    // A folder below a file: nobody can make it, root included.
    private string Impossible
    {
        get
        {
            File.WriteAllText(_folder["file"], "");
            return Path.Combine(_folder["file"], "temporary");
        }
    }

    [SkippableTheory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_model_of_some_megabytes_is_read_in_place(bool asNobody)
    {
        Skip.If(OperatingSystem.IsWindows(), "Windows has other variables for the temporary folder.");
        var mlContext = new MLContext();
        HydraSequenceRecommendationTrainer.Options options = SmallTraining.Options();
        (options.EmbeddingDimension, options.NumberOfLayers, options.NumberOfEpochs) = (256, 2, 1);
        string[] histories = [.. Shelves.Texts(customers: 40).Select(items => string.Join(',', items))];
        using var model = mlContext.SequenceRecommendation().Trainers.Hydra(options).Fit(Shelves.Load(mlContext, Shelves.Texts(customers: 40)));
        mlContext.Model.Save(model, null, _folder["model.zip"]);
        File.WriteAllLines(_folder["histories.txt"], histories);
        Assert.InRange(new FileInfo(_folder["model.zip"]).Length, 4_000_000, 40_000_000);
        string temporary = asNobody ? ReadOnlyForNobody() : Impossible;

        string[] lines = SecondProcess.RunTight(SecondProcess.WithoutTorch, temporary, asNobody, _folder["model.zip"], _folder["histories.txt"], "in-place");

        Assert.Equal([.. ScoredLines.Of(mlContext, model, histories), "native torch:"], lines);
    }

    [SkippableTheory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_model_is_trained_saved_loaded_and_recommends(bool asNobody)
    {
        Skip.If(OperatingSystem.IsWindows(), "Windows has other variables for the temporary folder.");
        string temporary = asNobody ? ReadOnlyForNobody() : Impossible;
        string saved = Path.Combine(WritableForNobody(), "model.zip");

        string[] lines = SecondProcess.RunTight(SecondProcess.WithTorch, temporary, asNobody, "train-with", temporary, saved);

        Assert.Equal(3, lines[0].Split('|').Length);
        Assert.Equal(lines[0]["trained: ".Length..], lines[1]["loaded: ".Length..]);
        Assert.InRange(new FileInfo(saved).Length, 4_000_000, 40_000_000);
        if (lines[2] != "changed:" && asNobody)
        {
            Assert.Equal("changed: /memfd:libLibTorchSharp.so", lines[2]);
        }
    }

    [SkippableFact]
    public void The_changed_library_lies_in_the_folder_of_the_context()
    {
        string chosen = Path.Combine(_folder["chosen"], "made at need");

        string[] lines = SecondProcess.Run(SecondProcess.WithTorch, "train-with", chosen, _folder["model.zip"]);

        Skip.If(lines[2] == "changed:", "This system loads the library as it is.");
        Assert.StartsWith($"changed: {chosen}/ml-hydra-", lines[2]);
        Assert.Empty(Directory.EnumerateFileSystemEntries(chosen));
    }

    [Fact]
    public void Loading_in_place_does_not_touch_the_folder_for_temporary_files()
    {
        SavedModel saved = Saved();
        var mlContext = new MLContext { TempFilePath = Impossible };

        using var model = mlContext.SequenceRecommendation().LoadModel(new MemoryStream(saved.Bytes));

        Assert.Equal(Shelves.NumberOfItems, model.Model.NumberOfItems);
        Assert.ThrowsAny<Exception>(() => saved.Load(mlContext));
    }

    private static SavedModel Saved()
    {
        var mlContext = new MLContext();
        using var model = mlContext.SequenceRecommendation().Trainers.Hydra(SmallTraining.Options()).Fit(Shelves.Load(mlContext, Shelves.Texts()));
        return SavedModel.Save(mlContext, model);
    }

    private string ReadOnlyForNobody() => ForNobody("read-only", UnixFileMode.None);

    private string WritableForNobody() => ForNobody("writable", UnixFileMode.UserWrite | UnixFileMode.OtherWrite);

    private string ForNobody(string name, UnixFileMode write)
    {
        const UnixFileMode readable = UnixFileMode.UserRead | UnixFileMode.UserExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;
        Directory.CreateDirectory(_folder[name]);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(_folder.FullName, readable | UnixFileMode.UserWrite);
            File.SetUnixFileMode(_folder[name], readable | write);
        }

        return _folder[name];
    }
}
