using System.Diagnostics;
using Microsoft.ML.Hydra.Cli.Reporting;

namespace Microsoft.ML.Hydra.Cli.Models;

/// <summary>A model that was just trained, and the time it took.</summary>
internal sealed class TrainedModel : IDisposable
{
    private TrainedModel(HydraSequenceRecommendationTransformer model, TimeSpan duration, TimeSpan processorTime, IReadOnlyList<EpochMetrics> epochs)
    {
        Model = model;
        Duration = duration;
        ProcessorTime = processorTime;
        SecondsPerEpoch = epochs.Count == 0 ? double.NaN : epochs[^1].Elapsed.TotalSeconds / epochs.Count;
    }

    public HydraSequenceRecommendationTransformer Model { get; }

    /// <summary>From the call of Fit to its return.</summary>
    public TimeSpan Duration { get; }

    /// <summary>Processor time of all threads over the same span.</summary>
    public TimeSpan ProcessorTime { get; }

    /// <summary>Mean over the epochs of this run, including validation; NaN when no epoch was run.</summary>
    public double SecondsPerEpoch { get; }

    /// <summary>Trains with progress on the console; <paramref name="options"/> get progress and cancellation.</summary>
    public static TrainedModel Fit(
        MLContext mlContext,
        IDataView trainSet,
        HydraSequenceRecommendationTrainer.Options options,
        EpochProgress progress,
        CancellationToken cancellationToken)
    {
        options.CancellationToken = cancellationToken;
        var watch = Stopwatch.StartNew();
        TimeSpan before = Environment.CpuUsage.TotalTime;
        HydraSequenceRecommendationTransformer model = progress.Run(options.NumberOfEpochs, report =>
        {
            options.Progress = report;
            return mlContext.SequenceRecommendation().Trainers.Hydra(options).Fit(trainSet);
        });
        return new TrainedModel(model, watch.Elapsed, Environment.CpuUsage.TotalTime - before, progress.Epochs);
    }

    public void Dispose() => Model.Dispose();
}

/// <summary>What Ctrl-C does besides stopping the trainer.</summary>
internal static class Cancellation
{
    /// <summary>Throws when cancelled, unless the options ask for the model trained so far: then the work after training continues.</summary>
    public static void ThrowIfRequested(HydraSequenceRecommendationTrainer.Options options, CancellationToken cancellationToken)
    {
        if (options.CancellationBehavior == CancellationBehavior.Throw)
        {
            cancellationToken.ThrowIfCancellationRequested();
        }
    }
}
