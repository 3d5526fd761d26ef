using Microsoft.ML.Hydra.Tests.Integration;

namespace Microsoft.ML.Hydra.SecondProcess;

/// <summary>Trains a model of some megabytes where few folders can be written to, saves it, loads it and recommends.</summary>
internal static class TightTraining
{
    public static int Run(string temporaryFolder, string modelPath)
    {
        var mlContext = new MLContext { TempFilePath = temporaryFolder };
        HydraSequenceRecommendationTrainer.Options options = SmallTraining.Options();
        (options.EmbeddingDimension, options.NumberOfLayers, options.NumberOfEpochs) = (256, 2, 2);
        IDataView sequences = Shelves.Load(mlContext, Shelves.Texts());
        using var trained = mlContext.SequenceRecommendation().Trainers.Hydra(options).Fit(sequences);
        trained.Save(sequences.Schema, modelPath);
        using var loaded = mlContext.SequenceRecommendation().LoadModel(modelPath);
        Console.WriteLine($"trained: {Recommended(trained)}");
        Console.WriteLine($"loaded: {Recommended(loaded)}");
        Console.WriteLine($"changed: {TorchUse.ChangedLibrary()}");
        return 0;
    }

    private static string Recommended(HydraSequenceRecommendationTransformer model)
    {
        using HydraUserState state = model.CreateState();
        state.Append([Shelves.Name(3), Shelves.Name(4)]);
        return string.Join<RecommendedItem<string>>('|', state.Recommend<string>(3));
    }
}
