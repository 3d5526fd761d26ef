using Microsoft.ML.Hydra.Tests.Integration;

namespace Microsoft.ML.Hydra.SecondProcess;

/// <summary>Trains where few folders can be written to, and recommends without saving.</summary>
internal static class TightTraining
{
    public static int Run(string temporaryFolder)
    {
        var mlContext = new MLContext { TempFilePath = temporaryFolder };
        HydraSequenceRecommendationTrainer.Options options = SmallTraining.Options();
        options.Seed = 11;
        using var model = mlContext.SequenceRecommendation().Trainers.Hydra(options).Fit(Shelves.Load(mlContext, Shelves.Texts()));
        using HydraUserState state = model.CreateState();
        state.Append([Shelves.Name(3), Shelves.Name(4)]);
        Console.WriteLine($"recommended: {string.Join('|', state.Recommend<string>(3).Select(found => found.Item))}");
        Console.WriteLine($"changed: {TorchUse.ChangedLibrary()}");
        return 0;
    }
}
