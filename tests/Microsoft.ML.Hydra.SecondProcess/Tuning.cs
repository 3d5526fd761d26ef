using Microsoft.ML.Hydra.Tests.Integration;

namespace Microsoft.ML.Hydra.SecondProcess;

/// <summary>The same search as in the tests' process, reported epoch by epoch.</summary>
internal static class Tuning
{
    public static int Run(string directory)
    {
        var mlContext = new MLContext();
        var progress = new TrialPrinter();
        HydraTuningOptions options = SmallTuning.Options(directory);
        (options.Progress, options.TrainerOptions.Progress) = (progress, progress);
        mlContext.SequenceRecommendation().Tune(Shelves.Load(mlContext, Shelves.Texts()), SmallTuning.Space(), options);
        return 0;
    }
}
