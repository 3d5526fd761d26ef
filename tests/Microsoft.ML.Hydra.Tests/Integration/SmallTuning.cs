namespace Microsoft.ML.Hydra.Tests.Integration;

/// <summary>A search of eight trials over <see cref="Shelves"/> that takes a second or two.</summary>
internal static class SmallTuning
{
    /// <summary>Trials of the first bracket and the one before it.</summary>
    public const int NumberOfTrials = 8;

    /// <summary>Rates and sizes.</summary>
    public static HydraSearchSpace Space() => new HydraSearchSpace()
        .WithLogUniform("LearningRate", 0.001, 0.1)
        .WithIntegers("NumberOfLayers", 1, 2)
        .WithChoices("DropoutRate", 0.1, 0.3, null);

    /// <summary>Rungs of 1, 2 and 4 epochs for 4, 2 and 1 configurations.</summary>
    public static HydraTuningOptions Options(string? directory = null, bool resume = false)
    {
        HydraSequenceRecommendationTrainer.Options trainer = SmallTraining.Options();
        (trainer.NumberOfEpochs, trainer.Seed) = (4, 3);
        return new HydraTuningOptions
        {
            TrainerOptions = trainer,
            MaximumTrials = NumberOfTrials,
            MinimumEpochs = 1,
            ReductionFactor = 2,
            Directory = directory,
            Resume = resume,
        };
    }
}
