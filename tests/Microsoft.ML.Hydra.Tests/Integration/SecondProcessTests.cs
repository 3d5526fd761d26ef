using Microsoft.ML.Data;
using Microsoft.ML.Hydra.Tests.Persistence;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Integration;

/// <summary>What holds between processes: saved models need no help to load, and a seed means the same bits.</summary>
[Collection(FittedModels.Collection)]
public sealed class SecondProcessTests(FittedModels models)
{
    [Fact]
    public void A_process_that_knows_ML_NET_only_loads_the_model_and_recommends_the_same()
    {
        using var folder = new TemporaryDirectory();
        History<string>[] histories = [.. Shelves.Texts().Take(30).Select(items => new History<string> { Items = items }), new History<string>()];
        File.WriteAllLines(folder["histories.txt"], histories.Select(history => string.Join(',', history.Items)));
        MLContext mlContext = models.Context;
        IDataView input = mlContext.Data.LoadFromEnumerable(histories);
        mlContext.Model.Save(models.Text, input.Schema, folder["model.zip"]);

        string[] lines = SecondProcess.Run(SecondProcess.WithTorch, "predict", folder["model.zip"], folder["histories.txt"]);

        Assert.Equal("library loaded: False", lines[0]);
        Assert.Equal("schema: UserId String, Items Vector<String>", lines[1]);

        using var own = models.Text.WithRecommendations(models.Text.Recommendations);
        using var engine = mlContext.Model.CreatePredictionEngine<History<string>, Recommendation<string>>(own);
        IEnumerable<string> fromEngine = histories.Select(history => $"engine: {engine.Predict(history)}");
        IEnumerable<string> fromView = mlContext.Data
            .CreateEnumerable<Recommendation<string>>(models.Text.Transform(input), reuseRowObject: false).Select(row => $"view: {row}");
        Assert.Equal([.. fromEngine, .. fromView], lines[2..]);
    }

    [Fact]
    public void The_same_seed_learns_the_same_bits_in_another_process()
    {
        var mlContext = new MLContext();
        HydraSequenceRecommendationTrainer.Options options = SmallTraining.Options();
        options.Seed = 11;
        using var model = mlContext.SequenceRecommendation().Trainers.Hydra(options).Fit(Shelves.Load(mlContext, Shelves.Texts()));

        string learned = Assert.Single(SecondProcess.Run(SecondProcess.WithTorch, "train", "11"));

        Assert.Equal($"learned: {SavedModel.Save(mlContext, model).DigestOfLearned()}", learned);
    }

    [Fact]
    public void An_application_without_native_torch_scores_the_same_in_every_way()
    {
        using var folder = new TemporaryDirectory();
        string[] histories = [.. Shelves.Texts().Select(items => string.Join(',', items))];
        File.WriteAllLines(folder["histories.txt"], histories);
        models.Context.Model.Save(models.Text, null, folder["model.zip"]);
        Assert.DoesNotContain(
            Directory.EnumerateFiles(SecondProcess.Folder(SecondProcess.WithoutTorch), "*", SearchOption.AllDirectories).Select(Path.GetFileName),
            name => name!.Contains("torch", StringComparison.OrdinalIgnoreCase) && name != "TorchSharp.dll");

        string[] lines = SecondProcess.Run(SecondProcess.WithoutTorch, folder["model.zip"], folder["histories.txt"]);

        using var own = models.Text.WithRecommendations(models.Text.Recommendations);
        Assert.Equal([.. ScoredLines.Of(models.Context, own, histories), "native torch:"], lines);
    }

    [Fact]
    public void A_plugin_with_a_load_context_of_its_own_learns_the_same_bits()
    {
        string[] inPlugin = SecondProcess.Run(SecondProcess.WithTorch, "plugin");

        Assert.Equal([.. SecondProcess.Run(SecondProcess.WithTorch, "train", "11"), "contexts of TorchSharp: plugin"], inPlugin);
    }

    [Fact]
    public void An_application_that_uses_TorchSharp_itself_has_it_after_one_call() =>
        Assert.Equal(["sum: 5050"], SecondProcess.Run(SecondProcess.WithTorch, "torch"));
}
