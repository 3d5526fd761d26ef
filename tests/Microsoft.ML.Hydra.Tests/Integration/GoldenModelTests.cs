using System.Text.Json;
using Microsoft.ML.Data;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Integration;

/// <summary>
/// Models that earlier versions saved are read, and recommend what they recommended then. The files in the folder Golden are
/// never written again once a version was released. To write that of the format of now, before its release:
/// <c>HYDRA_WRITE_GOLDEN=$PWD/tests/Microsoft.ML.Hydra.Tests/Golden dotnet test tests/Microsoft.ML.Hydra.Tests -c Release --filter FullyQualifiedName~GoldenModelTests</c>.
/// </summary>
public sealed class GoldenModelTests
{
    private const string Name = "model-v1";
    private const int NumberOfItems = 18;

    [Fact]
    public void A_model_of_format_1_recommends_what_it_did()
    {
        string golden = Path.Combine(AppContext.BaseDirectory, "Golden");
        if (Environment.GetEnvironmentVariable("HYDRA_WRITE_GOLDEN") is { Length: > 0 } folder)
        {
            golden = folder;
            Write(golden);
        }

        var expected = JsonSerializer.Deserialize<GoldenRecommendation[]>(File.ReadAllText(Path.Combine(golden, Name + ".json")))!;
        var mlContext = new MLContext();
        var model = (HydraSequenceRecommendationTransformer)mlContext.Model.Load(Path.Combine(golden, Name + ".zip"), out DataViewSchema schema);

        Assert.Equal(["UserId", "Items"], schema.Select(column => column.Name));
        Assert.Equal(NumberOfItems, model.Model.NumberOfItems);
        Assert.Equal((8, 1, 4), (model.Model.Options.EmbeddingDimension, model.Model.Options.NumberOfLayers, model.Recommendations.NumberOfRecommendations));
        Assert.Equal(2, model.Model.NumberOfEpochsTrained);
        Assert.NotEmpty(expected);
        foreach ((GoldenRecommendation reference, GoldenRecommendation found) in expected.Zip(Recommend(mlContext, model, expected.Select(row => row.Items))))
        {
            Assert.Equal(reference.PredictedItems, found.PredictedItems);
            Assert.All(reference.Score.Zip(found.Score), pair => Assert.Equal(pair.First, pair.Second, 1e-5f));
        }
    }

    /// <summary>Trains, saves and writes down what the model recommends.</summary>
    private static void Write(string folder)
    {
        var mlContext = new MLContext(seed: 1);
        HydraSequenceRecommendationTrainer.Options options = SmallTraining.Options();
        (options.EmbeddingDimension, options.NumberOfEpochs, options.NumberOfRecommendations) = (8, 2, 4);
        options.DeniedItems = new[] { Shelves.Name(2) };
        string[][] histories = [.. Shelves.Numbers().Select(items => items.Where(item => item <= NumberOfItems).Select(Shelves.Name).ToArray())];
        IDataView data = Shelves.Load(mlContext, histories);
        using var model = mlContext.SequenceRecommendation().Trainers.Hydra(options).Fit(data);

        Directory.CreateDirectory(folder);
        mlContext.Model.Save(model, data.Schema, Path.Combine(folder, Name + ".zip"));
        string[][] asked = [.. histories.Where(items => items.Length > 2).Take(6), [], ["never seen"], [.. Enumerable.Repeat(Shelves.Name(5), 40)]];
        File.WriteAllText(
            Path.Combine(folder, Name + ".json"),
            JsonSerializer.Serialize(Recommend(mlContext, model, asked), new JsonSerializerOptions { WriteIndented = true }) + "\n");
    }

    private static GoldenRecommendation[] Recommend(MLContext mlContext, ITransformer model, IEnumerable<string[]> histories)
    {
        IDataView view = model.Transform(Shelves.Load(mlContext, histories));
        return [.. mlContext.Data.CreateEnumerable<GoldenRecommendation>(view, reuseRowObject: false)];
    }

    private sealed class GoldenRecommendation
    {
        public string[] Items { get; set; } = [];

        public string[] PredictedItems { get; set; } = [];

        public float[] Score { get; set; } = [];
    }
}
