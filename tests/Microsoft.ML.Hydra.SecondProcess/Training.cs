using Microsoft.ML.Hydra.Tests.Integration;

namespace Microsoft.ML.Hydra.SecondProcess;

/// <summary>The same training as in the tests' process.</summary>
internal static class Training
{
    public static int Run(int seed)
    {
        var mlContext = new MLContext();
        HydraSequenceRecommendationTrainer.Options options = SmallTraining.Options();
        options.Seed = seed;
        using var model = mlContext.SequenceRecommendation().Trainers.Hydra(options).Fit(Shelves.Load(mlContext, Shelves.Texts()));
        Console.WriteLine($"learned: {SavedModel.Save(mlContext, model).DigestOfLearned()}");
        return 0;
    }
}
