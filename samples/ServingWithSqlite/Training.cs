using Microsoft.ML;
using Microsoft.ML.Hydra;

namespace ServingWithSqlite;

/// <summary>Trains in a few seconds. In production this is another application, run every night: it has native torch, the server has none.</summary>
internal static class Training
{
    /// <summary>Trains on <see cref="SyntheticShop"/> and saves the model.</summary>
    public static void Run(string modelPath)
    {
        var mlContext = new MLContext(seed: 1);
        IDataView histories = mlContext.Data.LoadFromEnumerable(SyntheticShop.Simulate(seed: 1, numberOfCustomers: 600));
        using HydraSequenceRecommendationTransformer model = mlContext.SequenceRecommendation().Trainers.Hydra(new HydraSequenceRecommendationTrainer.Options
        {
            EmbeddingDimension = 32,
            NumberOfLayers = 1,
            NumberOfEpochs = 8,
            MaximumTokensPerBatch = 1024,
            LearningRate = 0.02,
        }).Fit(histories);
        mlContext.Model.Save(model, histories.Schema, modelPath);
        Console.WriteLine($"{Path.GetFileName(modelPath)} is trained, {new FileInfo(modelPath).Length / 1024} KiB");
    }
}
