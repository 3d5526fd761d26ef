using System.ComponentModel.DataAnnotations;

namespace Microsoft.ML.Hydra;

/// <summary>How <see cref="SequenceRecommendationCatalog.Tune(IDataView, HydraSearchSpace, HydraTuningOptions)"/> searches.</summary>
public sealed class HydraTuningOptions
{
    /// <summary>
    /// Time after which the search ends; the trial then in progress does not count. A resumed search counts the time of the trials that were
    /// finished before. Default <see langword="null"/>: no limit, and then <see cref="MaximumTrials"/> is needed. Above 0, at most 40 days.
    /// </summary>
    public TimeSpan? Budget { get; set; }

    /// <summary>Most trials, with those of a resumed search, of which none is dropped. Default <see langword="null"/>: no limit. At least 1.</summary>
    [Range(1, int.MaxValue)]
    public int? MaximumTrials { get; set; }

    /// <summary>
    /// The options that the search starts from and keeps for everything outside of the space; trial 1 is made with them. <c>NumberOfEpochs</c>
    /// is the most that a trial gets, <c>MaximumValidationSequences</c> holds for every trial, and <c>Seed</c> is the seed of the search
    /// and of each trial. Epochs of the trial in progress go to its <c>Progress</c>; its <c>CancellationToken</c> and
    /// <c>CancellationBehavior</c> hold for the search.
    /// </summary>
    public HydraSequenceRecommendationTrainer.Options TrainerOptions { get; set; } = new();

    /// <summary>Share of a rung's configurations of which one is promoted, and factor by which it then trains longer. Default 3; at least 2.</summary>
    [Range(2, int.MaxValue)]
    public int ReductionFactor { get; set; } = 3;

    /// <summary>Fewest epochs of a trial. Default 3; at least 1.</summary>
    [Range(1, int.MaxValue)]
    public int MinimumEpochs { get; set; } = 3;

    /// <summary>
    /// New configurations that start together and compete for promotion. Default 0: as many as leave one to train in full length, 9 for
    /// 20 epochs. At least 0.
    /// </summary>
    [Range(0, int.MaxValue)]
    public int NumberOfConfigurations { get; set; }

    /// <summary>
    /// Directory for the journal of the search and the checkpoints of the trial in progress; created when missing. Default <see langword="null"/>:
    /// nothing is kept.
    /// </summary>
    public string? Directory { get; set; }

    /// <summary>
    /// Whether the search in <see cref="Directory"/> is continued. Default <see langword="false"/>: the directory must then hold none.
    /// The data, the space and the options must be those of the interrupted search; only the budget and the number of trials may differ.
    /// </summary>
    public bool Resume { get; set; }

    /// <summary>Receives each trial when it begins and when it is finished, on the calling thread.</summary>
    public IProgress<HydraTrial>? Progress { get; set; }
}
