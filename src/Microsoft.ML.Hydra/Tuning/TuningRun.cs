using System.Diagnostics;
using Microsoft.ML.Hydra.Items;
using Microsoft.ML.Hydra.Options;
using Microsoft.ML.Hydra.Persistence;
using Microsoft.ML.Hydra.Training;

namespace Microsoft.ML.Hydra.Tuning;

/// <summary>One search from data, space and options to its result: checks and reads, then hands over to the <see cref="Tuner"/>.</summary>
internal static class TuningRun
{
    private const int MostDays = 40;    // timers accept no longer time

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
        Check(options);
        using TuningDirectory? directory = options.Directory is string path ? TuningDirectory.Open(path, options.Resume) : null;
        TuningJournal journal = TuningJournal.Open(directory?.JournalPath);

        TrainerOptions trainer = options.TrainerOptions.Copy();
        trainer.Seed ??= contextSeed ?? (journal.Found is null ? null : JournalHeader.Seed(journal.Found)) ?? Random.Shared.Next();
        Action throwIfCancelled = trainer.CancellationToken.ThrowIfCancellationRequested;
        SequenceData data = SequenceReader.Read(trainSet, SequenceColumns.Of(trainer), null, throwIfCancelled);
        string fingerprint = Fingerprint(data, trainer.ItemsColumnName);
        string? items = ItemFeatures.Fingerprint(trainer, data.Vocabulary, throwIfCancelled);

        // What the result is trained on later may be larger: the width must not change with it. Batch, learning rate and dropout may. The rate
        // of later targets says how the data are ordered, and is found once for all trials.
        ResolvedOptions resolved = AutomaticOptions.Resolve(trainer, data.Dataset, null, throwIfCancelled);
        (trainer.EmbeddingDimension, trainer.LaterTargetRate) = (resolved.All.EmbeddingDimension, resolved.LaterTargetRate);
        var halving = new HalvingSchedule(trainer.NumberOfEpochs, options.MinimumEpochs, options.ReductionFactor, options.NumberOfConfigurations);
        var configurations = new ConfigurationSequence(parameters, trainer, new RandomStreams(resolved.Seed));
        if (configurations[1] is null)
        {
            throw new ArgumentException(configurations.Misfit is string misfit
                ? $"The search space holds no configuration whose sizes fit each other: {misfit}"
                : "The search space holds nothing besides the trainer's own options; give it more options or more values.");
        }

        journal.Begin(JournalHeader.Create(fingerprint, items, parameters, trainer, halving));
        var tuner = new Tuner
        {
            Options = options,
            Trainer = trainer,
            Configurations = configurations,
            Halving = halving,
            Journal = journal,
            Directory = directory,
            Train = train,
            Watch = watch,
        };
        return tuner.Run();
    }

    /// <summary>Recognises the data of a search: SHA-256 of the items' ids and of every sequence, with its times where they are read.</summary>
    /// <param name="data">The sequences that every trial trains and validates on.</param>
    /// <param name="itemsColumnName">The column that they are from.</param>
    /// <exception cref="ArgumentException">No sequence can be validated on.</exception>
    internal static string Fingerprint(SequenceData data, string itemsColumnName)
    {
        using var digest = new ContentDigest();
        digest.Add(data.Vocabulary.Write);
        foreach (string name in data.DomainNames?.All ?? [])
        {
            digest.Add(name);
        }

        Array.ForEach(data.DomainOfSequences, domain => digest.Add(domain));
        digest.Add(data.Dataset.Count);
        bool canValidate = false;
        for (int i = 0; i < data.Dataset.Count; i++)
        {
            int[] items = data.Dataset[i].ToArray();
            canValidate |= items.Length > 2;
            digest.Add(items.Length);
            float[] times = data.Dataset.Times(i).ToArray();
            digest.Add(stream =>
            {
                stream.Write(MemoryMarshal.AsBytes<int>(items));
                stream.Write(MemoryMarshal.AsBytes<float>(times));
            });
        }

        return canValidate
            ? digest.Take()
            : throw new ArgumentException(
                $"Column \"{itemsColumnName}\" holds {data.Dataset.Count} sequences and none of three or more items; at least one is needed to validate on.");
    }

    private static void Check(HydraTuningOptions o)
    {
        ArgumentNullException.ThrowIfNull(o.TrainerOptions);
        OptionRanges.Check(o.TrainerOptions);
        if (o.Budget is null && o.MaximumTrials is null)
        {
            throw new ArgumentException("Neither Budget nor MaximumTrials is set; say when the search is to end.", nameof(o.Budget));
        }

        if (o.Budget is TimeSpan budget && !(budget > TimeSpan.Zero && budget <= TimeSpan.FromDays(MostDays)))
        {
            throw OptionRanges.Outside(nameof(o.Budget), budget, $"above 0 and at most {MostDays} days");
        }

        OptionRanges.CheckProperties(o);
        if (o.Resume && string.IsNullOrWhiteSpace(o.Directory))
        {
            throw new ArgumentException("Resume is set but Directory is not; name the directory of the interrupted search.", nameof(o.Directory));
        }

        if (o.TrainerOptions.Validation == SequenceValidation.None)
        {
            throw new ArgumentException(
                "Validation is None, but a search compares trials by validation NDCG@10; set it to LeaveLastOut.", nameof(o.TrainerOptions));
        }

        if (o.TrainerOptions.CheckpointDirectory is string directory)
        {
            throw new ArgumentException(
                $"CheckpointDirectory is '{directory}', but the trials of a search keep their checkpoints in the search's own Directory; leave it unset.", nameof(o.TrainerOptions));
        }
    }
}
