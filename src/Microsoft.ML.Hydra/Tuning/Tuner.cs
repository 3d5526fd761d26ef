using System.Diagnostics;

namespace Microsoft.ML.Hydra.Tuning;

/// <summary>Makes the trials of a search one after another until its budget is spent: first those of the journal, then new ones.</summary>
internal sealed class Tuner(
    HydraTuningOptions options,
    TrainerOptions trainer,
    ConfigurationSequence configurations,
    HalvingSchedule halving,
    TuningJournal journal,
    TuningDirectory? directory,
    Func<TrainerOptions, TrialOutcome> train,
    Stopwatch watch)
{
    private readonly TimeSpan _spentBefore = TimeSpan.FromSeconds(journal.Entries.Sum(entry => entry.Seconds));
    private readonly List<HydraTrial> _trials = [];
    private HydraTrial? _best;

    private TimeSpan? Left => options.Budget - _spentBefore - watch.Elapsed;

    /// <summary>Searches to the end.</summary>
    /// <exception cref="OperationCanceledException">Cancelled, and there is no trial to return or the options say to throw.</exception>
    /// <exception cref="InvalidOperationException">The time was spent before the first trial was finished.</exception>
    public HydraTuningResult Run()
    {
        HydraTuningEnd end = Search();
        return _best is null
            ? throw new InvalidOperationException(
                $"The budget of {options.Budget} was spent before the first trial, that of the trainer's own options, was finished; give more time{(directory is null ? string.Empty : ", resuming from its checkpoints")}.")
            : new HydraTuningResult(Options(_best), _best, _trials, end);
    }

    private HydraTuningEnd Search()
    {
        foreach (TrialPlan plan in halving.Plans(number => configurations[number] is not null, Ndcg))
        {
            if (_trials.Count < journal.Entries.Count)
            {
                Replay(plan, journal.Entries[_trials.Count]);
            }
            else if (_trials.Count >= options.MaximumTrials)
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
                catch (OperationCanceledException) when (trainer.CancellationBehavior == CancellationBehavior.ReturnBestModel && _best is not null)
                {
                    return HydraTuningEnd.Cancelled;
                }
            }
        }

        return HydraTuningEnd.SpaceExhausted;
    }

    private void Replay(TrialPlan plan, JournalEntry entry)
    {
        if (entry.Trial != _trials.Count + 1 || !entry.IsOf(plan, configurations[plan.Configuration]!))
        {
            throw journal.Damaged($"trial {entry.Trial} is none that this search makes");
        }

        Finish(plan, entry);
    }

    // False when the time is spent before the trial is finished.
    private bool TryMake(TrialPlan plan)
    {
        int number = _trials.Count + 1;
        Configuration configuration = configurations[plan.Configuration]!;
        options.Progress?.Report(Trial(plan));

        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(trainer.CancellationToken);
        if (Left is TimeSpan left)
        {
            deadline.CancelAfter(left > TimeSpan.Zero ? left : TimeSpan.Zero);
        }

        TrainerOptions own = configuration.Apply(trainer);
        (own.NumberOfEpochs, own.CancellationToken, own.CancellationBehavior) = (plan.Epochs, deadline.Token, CancellationBehavior.Throw);
        directory?.KeepCheckpoints(number, own);
        TimeSpan start = watch.Elapsed;
        TrialOutcome outcome;
        try
        {
            outcome = train(own);
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested && !trainer.CancellationToken.IsCancellationRequested)
        {
            return false;
        }

        TimeSpan took = watch.Elapsed - start;
        var entry = new JournalEntry(
            number, plan.Configuration, plan.Epochs, JournalHeader.Reread(configuration.ToJson()), outcome.NdcgAt10, outcome.BestEpoch, outcome.Epochs,
            Math.Max(took.TotalSeconds, outcome.Elapsed.TotalSeconds), outcome.Failure);
        journal.Add(entry);
        Finish(plan, entry);
        return true;
    }

    private void Finish(TrialPlan plan, JournalEntry entry)
    {
        directory?.RemoveCheckpoints(entry.Trial);
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
        options.Progress?.Report(trial);
    }

    private HydraTrial Trial(TrialPlan plan) =>
        new(_trials.Count + 1, plan.Configuration, plan.Epochs, configurations[plan.Configuration]!.Changes);

    private double? Ndcg(TrialPlan plan)
    {
        HydraTrial trial = _trials.Last(trial => trial.Configuration == plan.Configuration && trial.NumberOfEpochs == plan.Epochs);
        return trial.Failure is null ? trial.ValidationNdcgAt10 : null;
    }

    private TrainerOptions Options(HydraTrial trial)
    {
        // The search's token may be cancelled, and its progress belongs to the search.
        TrainerOptions best = configurations[trial.Configuration]!.Apply(trainer);
        (best.NumberOfEpochs, best.CancellationToken, best.Progress) = (trial.NumberOfEpochs, CancellationToken.None, null);
        return best;
    }
}
