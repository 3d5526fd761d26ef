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
        }
    }

    // The texts may hold braces: they are arguments, never formats.
    private void Inform(string text) => _channel.Info(MessageSensitivity.All, "{0}", text);

    private void Warn(string text) => _channel.Warning(MessageSensitivity.All, "{0}", text);
}
