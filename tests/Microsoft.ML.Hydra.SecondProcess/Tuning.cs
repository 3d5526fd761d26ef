using System.Globalization;
using Microsoft.ML.Hydra.Tests.Integration;

namespace Microsoft.ML.Hydra.SecondProcess;

/// <summary>The same search as in the tests' process, told epoch by epoch.</summary>
internal sealed class Tuning : IProgress<HydraTrial>, IProgress<EpochMetrics>
{
    private int _trial;

    public static int Run(string directory)
    {
        var mlContext = new MLContext();
        var progress = new Tuning();
        HydraTuningOptions options = SmallTuning.Options(directory);
        (options.Progress, options.TrainerOptions.Progress) = (progress, progress);
        mlContext.SequenceRecommendation().Tune(Shelves.Load(mlContext, Shelves.Texts()), SmallTuning.Space(), options);
        return 0;
    }

    public void Report(HydraTrial value) => _trial = value.Number;

    public void Report(EpochMetrics value) =>
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"trial {_trial}, epoch {value.Epoch} of {value.NumberOfEpochs}"));
}
