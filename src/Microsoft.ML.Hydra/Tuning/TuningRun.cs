using System.Diagnostics;
using Microsoft.ML.Hydra.Items;
using Microsoft.ML.Hydra.Options;
using Microsoft.ML.Hydra.Training;

namespace Microsoft.ML.Hydra.Tuning;

/// <summary>One search from data, space and options to its result.</summary>
internal static class TuningRun
{
    /// <summary>Searches.</summary>
    /// <param name="trainSet">What every trial trains and validates on.</param>
    /// <param name="parameters">The space.</param>
    /// <param name="options">The search's options.</param>
    /// <param name="contextSeed">Seed to take when the trainer's options have none and no journal either; null draws one.</param>
    /// <param name="train">Trains with options on the data.</param>
    public static HydraTuningResult Run(
        IDataView trainSet, IReadOnlyList<SearchParameter> parameters, HydraTuningOptions options, int? contextSeed, Func<TrainerOptions, TrialOutcome> train)
    {
        var watch = Stopwatch.StartNew();
        TuningRanges.Check(options);
        using TuningDirectory? directory = options.Directory is string path ? TuningDirectory.Open(path, options.Resume) : null;
        TuningJournal journal = TuningJournal.Open(directory?.JournalPath);

        TrainerOptions trainer = OptionsJson.Copy(options.TrainerOptions);
        trainer.Seed ??= contextSeed ?? (journal.Found is null ? null : JournalHeader.Seed(journal.Found)) ?? Random.Shared.Next();
        SequenceData data = SequenceReader.Read(
            trainSet, trainer.ItemsColumnName, null, trainer.CancellationToken.ThrowIfCancellationRequested, trainer.TimestampsColumnName);
        string fingerprint = DataFingerprint.Of(data, trainer.ItemsColumnName);

        // What the result is trained on later may be larger: the width must not change with it. Batch, learning rate and dropout may. The rate
        // of later targets says how the data are ordered, and is asked once for all trials.
        TrainerOptions resolved = AutomaticOptions.Resolve(trainer, data.Dataset, null, trainer.CancellationToken.ThrowIfCancellationRequested, out _);
        (trainer.EmbeddingDimension, trainer.LaterTargetRate) = (resolved.EmbeddingDimension, resolved.LaterTargetRate);
        OptionRanges.Check(trainer);
        var halving = new HalvingSchedule(trainer.NumberOfEpochs, options.MinimumEpochs, options.ReductionFactor, options.NumberOfConfigurations);
        var configurations = new ConfigurationSequence(parameters, trainer, new RandomStreams(trainer.Seed.Value));
        if (configurations[1] is null)
        {
            throw new ArgumentException(configurations.Misfit is string misfit
                ? $"The search space holds no configuration whose sizes fit each other: {misfit}"
                : "The search space holds nothing besides the trainer's own options; give it more options or more values.");
        }

        journal.Begin(JournalHeader.Create(fingerprint, parameters, trainer, halving));
        return new Tuner(options, trainer, configurations, halving, journal, directory, train, watch).Run();
    }
}
