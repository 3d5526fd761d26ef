using System.Diagnostics;

namespace Microsoft.ML.Hydra.Tuning;

/// <summary>Makes the trials of a search one after another until its budget is spent: first those of the journal, then new ones.</summary>
internal sealed class Tuner
{
    private readonly List<HydraTrial> _trials = [];
    private HydraTrial? _best;
    private TimeSpan _spentBefore;

    /// <summary>The search's options.</summary>
    public required HydraTuningOptions Options { get; init; }

    /// <summary>The trainer's options that configurations change, with a seed.</summary>
    public required TrainerOptions Trainer { get; init; }

    /// <summary>What is tried.</summary>
    public required ConfigurationSequence Configurations { get; init; }

    /// <summary>How long each configuration is tried.</summary>
    public required HalvingSchedule Halving { get; init; }

    /// <summary>The finished trials.</summary>
    public required TuningJournal Journal { get; init; }

    /// <summary>Where the trial in progress keeps its checkpoints, or null.</summary>
    public required TuningDirectory? Directory { get; init; }

    /// <summary>Trains with options on the data of the search.</summary>
    public required Func<TrainerOptions, TrialOutcome> Train { get; init; }

    /// <summary>Measures the time of this search.</summary>
    public required Stopwatch Watch { get; init; }

    private TimeSpan? Left => Options.Budget - _spentBefore - Watch.Elapsed;

    /// <summary>Searches to the end.</summary>
    /// <exception cref="OperationCanceledException">Cancelled, and there is no trial to return or the options say to throw.</exception>
    /// <exception cref="InvalidOperationException">The time was spent before the first trial was finished.</exception>
    public HydraTuningResult Run()
    {
        _spentBefore = TimeSpan.FromSeconds(Journal.Entries.Sum(entry => entry.Seconds));
        HydraTuningEnd end = Search();
        return _best is null
            ? throw new InvalidOperationException(
                $"The budget of {Options.Budget} was spent before the first trial, that of the trainer's own options, was finished; give more time{(Directory is null ? string.Empty : ", resuming from its checkpoints")}.")
            : new HydraTuningResult(BestOptions(_best), _best, _trials, end);
    }

    private HydraTuningEnd Search()
    {
        foreach (TrialPlan plan in Halving.Plans(number => Configurations[number] is not null, Ndcg))
        {
            if (_trials.Count < Journal.Entries.Count)
            {
                Replay(plan, Journal.Entries[_trials.Count]);
            }
            else if (_trials.Count >= Options.MaximumTrials)
            {
                return HydraTuningEnd.MaximumTrials;
            }
            else if (Left <= TimeSpan.Zero)
            {
                return HydraTuningEnd.Budget;
            }
            else
            {
                try
                {
                    if (!TryMake(plan))
                    {
                        return HydraTuningEnd.Budget;
                    }
                }
                catch (OperationCanceledException) when (Trainer.CancellationBehavior == CancellationBehavior.ReturnBestModel && _best is not null)
                {
                    return HydraTuningEnd.Cancelled;
                }
            }
        }

        return HydraTuningEnd.SpaceExhausted;
    }

    private void Replay(TrialPlan plan, JournalEntry entry)
    {
        if (entry.Trial != _trials.Count + 1 || !entry.IsOf(plan, Configurations[plan.Configuration]!))
        {
            throw Journal.Damaged($"trial {entry.Trial} is not one that this search makes");
        }

        Finish(plan, entry);
    }

    // False when the time is spent before the trial is finished.
    private bool TryMake(TrialPlan plan)
    {
        int number = _trials.Count + 1;
        Configuration configuration = Configurations[plan.Configuration]!;
        Options.Progress?.Report(Trial(plan));

        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(Trainer.CancellationToken);
        if (Left is TimeSpan left)
        {
            deadline.CancelAfter(left > TimeSpan.Zero ? left : TimeSpan.Zero);
        }

        TrainerOptions own = configuration.Apply(Trainer);
        (own.NumberOfEpochs, own.CancellationToken, own.CancellationBehavior) = (plan.Epochs, deadline.Token, CancellationBehavior.Throw);
        Directory?.KeepCheckpoints(number, own);
        TimeSpan start = Watch.Elapsed;
        TrialOutcome outcome;
        try
        {
            outcome = Train(own);
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested && !Trainer.CancellationToken.IsCancellationRequested)
        {
            return false;
        }

        TimeSpan took = Watch.Elapsed - start;
        var entry = new JournalEntry(
            number, plan.Configuration, plan.Epochs, JournalHeader.Reread(configuration.ToJson()), outcome.NdcgAt10, outcome.BestEpoch, outcome.Epochs,
            Math.Max(took.TotalSeconds, outcome.Elapsed.TotalSeconds), outcome.Failure);
        Journal.Add(entry);
        Finish(plan, entry);
        return true;
    }

    private void Finish(TrialPlan plan, JournalEntry entry)
    {
        Directory?.RemoveCheckpoints(entry.Trial);
        HydraTrial trial = Trial(plan) with
        {
            IsFinished = true,
            ValidationNdcgAt10 = entry.NdcgAt10,
            BestEpoch = entry.BestEpoch,
            NumberOfEpochsTrained = entry.EpochsTrained,
            Duration = TimeSpan.FromSeconds(entry.Seconds),
            Failure = entry.Failure,
            IsBest = _best is null || entry.NdcgAt10 > _best.ValidationNdcgAt10,
        };
        _trials.Add(trial);
        _best = trial.IsBest ? trial : _best;
        Options.Progress?.Report(trial);
    }

    private HydraTrial Trial(TrialPlan plan) =>
        new(_trials.Count + 1, plan.Configuration, plan.Epochs, Configurations[plan.Configuration]!.Changes);

    private double? Ndcg(TrialPlan plan)
    {
        HydraTrial trial = _trials.Last(trial => trial.Configuration == plan.Configuration && trial.NumberOfEpochs == plan.Epochs);
        return trial.Failure is null ? trial.ValidationNdcgAt10 : null;
    }

    private TrainerOptions BestOptions(HydraTrial trial)
    {
        // The search's token may be cancelled, and its progress belongs to the search.
        TrainerOptions best = Configurations[trial.Configuration]!.Apply(Trainer);
        (best.NumberOfEpochs, best.CancellationToken, best.Progress) = (trial.NumberOfEpochs, CancellationToken.None, null);
        return best;
    }
}

/// <summary>The result of one training.</summary>
/// <param name="NdcgAt10">Validation NDCG@10 of the best epoch; 0 when training diverged.</param>
/// <param name="BestEpoch">The epoch it was reached in, from 1; 0 when training diverged.</param>
/// <param name="Epochs">Epochs trained.</param>
/// <param name="Elapsed">Time of those epochs, before an interruption too.</param>
/// <param name="Failure">Why it diverged, or null.</param>
internal sealed record TrialOutcome(double NdcgAt10, int BestEpoch, int Epochs, TimeSpan Elapsed, string? Failure);
