using Microsoft.ML.Hydra.Features;
using Microsoft.ML.Hydra.Interop;
using Microsoft.ML.Hydra.Items;
using Microsoft.ML.Hydra.Options;
using Microsoft.ML.Hydra.Prior;
using Microsoft.ML.Runtime;
using static System.FormattableString;

namespace Microsoft.ML.Hydra.Training;

/// <summary>Passes what happens during a fit to the context's log and progress channel and to the options' progress callback.</summary>
internal sealed class FitReport : IDisposable
{
    private readonly IHost _host;
    private readonly IChannel _channel;
    private readonly IProgressChannel _progressChannel;
    private readonly TrainerOptions _options;
    private (double? Epochs, double? Batches, double? BatchesPerEpoch, double? Loss) _now;

    public FitReport(IHost host, TrainerOptions options)
    {
        (_host, _options) = (host, options);
        _channel = host.Start("Training");
        _progressChannel = host.StartProgressChannel("Training");
        _progressChannel.SetHeader(new ProgressHeader(["Loss"], ["epochs", "batches"]), entry =>
        {
            var now = _now;
            entry.SetProgress(0, now.Epochs ?? 0, options.NumberOfEpochs);
            entry.SetProgress(1, now.Batches ?? 0, now.BatchesPerEpoch ?? 0);
            if (now.Loss is double loss)
            {
                entry.SetMetric(0, loss);
            }
        });
    }

    /// <summary>The training loop's view of this report.</summary>
    public TrainingMonitor Monitor => new()
    {
        IsCancelled = () =>
        {
            // With the caller's token in the exception, as .NET callers expect.
            _options.CancellationToken.ThrowIfCancellationRequested();
            return HostFacts.IsCanceled(_host);
        },
        EpochCompleted = EpochCompleted,
        StepCompleted = (epoch, batch, batches, loss) => _now = (epoch - 1, batch, batches, loss),
        PriorFitted = PriorFitted,
        NewItemsFitted = NewItemsFitted,
        Warning = Warn,
    };

    /// <summary>Logs where the model is trained.</summary>
    public void Device(string description) => Inform($"Device: {description}");

    /// <summary>Logs what was read and what was left out of it.</summary>
    public void Read(SequenceData data)
    {
        Inform(Invariant(
            $"Read {data.Dataset.Count} sequences with {data.Dataset.NumberOfEvents} events of {data.Vocabulary.Count} items."));
        if (data.NumberOfMissingItems + data.NumberOfUnknownItems + data.NumberOfEmptySequences > 0)
        {
            Warn(Invariant(
                $"Column \"{_options.ItemsColumnName}\": skipped {data.NumberOfMissingItems} missing items (empty text, 0 or missing key), {data.NumberOfUnknownItems} keys out of range and {data.NumberOfEmptySequences} sequences without items."));
        }
    }

    /// <summary>Logs what was read of the items besides the events, and warns where it is of few of them.</summary>
    /// <param name="content">What was read.</param>
    /// <param name="numberOfItems">Number of items that have events.</param>
    /// <returns>How many items of the sequences are described.</returns>
    public int Read(ItemContent content, int numberOfItems)
    {
        int described = content.IsDescribed.Take(numberOfItems + 1).Count(isDescribed => isDescribed);
        Inform(Invariant(
            $"Items: {described} of the {numberOfItems} items of the sequences are described, and {content.Vocabulary.Count - numberOfItems} items without events."));
        if (described > 0 && described < numberOfItems / 2)
        {
            Warn(Invariant($"Items describes {described} of the {numberOfItems} items of the sequences only; the others have vectors from their ids alone. Check that the ids are written in the same way in both."));
        }

        return described;
    }

    /// <summary>Logs the domains, and warns of one without sequences.</summary>
    public void Domains(SequenceDataset sequences)
    {
        if (sequences.Domains is not { } domains)
        {
            return;
        }

        var counts = new int[domains.Count];
        for (int i = 0; i < sequences.Count; i++)
        {
            counts[sequences.DomainOf(i)]++;
        }

        Inform($"Domains: {string.Join("; ", domains.Names.Select((name, domain) => Invariant($"\"{name}\" with {domains.Rows(domain).Length - 1} items and {counts[domain]} sequences")))}.");
        if (Array.IndexOf(counts, 0) is int empty and >= 0)
        {
            Warn($"Domain \"{domains.Names[empty]}\" has no sequences to train on: only what is known of its items besides the events says what is recommended there.");
        }
    }

    /// <summary>Logs which items without events the model has.</summary>
    /// <param name="added">How many were added.</param>
    /// <param name="leftOut">Of how many nothing is known.</param>
    public void Entered(int added, int leftOut)
    {
        if (added > 0)
        {
            Inform(Invariant($"Items without events added from Items: {added}."));
        }

        if (leftOut > 0)
        {
            Warn(Invariant($"Items without events left out: {leftOut}; the model knows none of their words, and they have no numbers."));
        }
    }

    /// <summary>Logs what was chosen from the data.</summary>
    public void Chosen(ResolvedOptions options)
    {
        if (options.Chosen.Length > 0)
        {
            Inform($"Chosen from the data: {options.Chosen}");
        }
    }

    public void Dispose()
    {
        _progressChannel.Dispose();
        _channel.Dispose();
    }

    private void EpochCompleted(EpochMetrics m)
    {
        _now = (m.Epoch, 0, _now.BatchesPerEpoch, m.Loss);
        string validation = double.IsNaN(m.ValidationNdcgAt10) ? "" : Invariant($", validation NDCG@10 {m.ValidationNdcgAt10:F4}{(m.IsBest ? " (best)" : "")}");
        Inform(Invariant(
            $"Epoch {m.Epoch}/{m.NumberOfEpochs}: loss {m.Loss:F4}{validation}, {m.SequencesPerSecond:F0} sequences/s, at most {(int)m.Remaining.TotalHours:D2}:{m.Remaining:mm\\:ss} left"));
        _progressChannel.Checkpoint(m.Loss, m.Epoch);
        _options.Progress?.Report(m);
    }

    private void PriorFitted(PriorFitResult fit)
    {
        if (!double.IsNaN(fit.NdcgWithout))
        {
            Inform(fit.Prior is CooccurrencePrior prior
                ? Invariant($"Co-occurrence prior: reach {prior.Shape.Reach}, backward {prior.Shape.Backward}, decay {prior.Shape.Decay}, gain {prior.Gain}, weight {prior.Weight}; validation NDCG@10 {fit.NdcgWithout:F4} without, {fit.NdcgWith:F4} with it")
                : "Co-occurrence prior: none, as none is better on the held-out events");
            if (fit.Likeness is { } likeness)
            {
                Inform(Invariant($"Prior with links between items that are alike: share {likeness.Share}, power {likeness.Power}"));
            }
        }
    }

    private void NewItemsFitted(NewItemTrial trial) => Inform(Invariant(
        $"New items: scale {trial.Calibration.Scale}, links {trial.Calibration.Share:g3} · cosine^{trial.Calibration.Power}; NDCG@10 of items that stood in for new ones {trial.NdcgOfNew:F4}, of the others {trial.NdcgOfOthersAlone:F4} without and {trial.NdcgOfOthers:F4} with them"));

    // The texts may hold braces: they are arguments, never formats.
    private void Inform(string text) => _channel.Info(MessageSensitivity.All, "{0}", text);

    private void Warn(string text) => _channel.Warning(MessageSensitivity.All, "{0}", text);
}
