using System.Diagnostics;
using Microsoft.ML.Hydra.Cli.Reporting;

namespace Microsoft.ML.Hydra.Cli.Models;

/// <summary>A model just trained and the time it took.</summary>
internal sealed class TrainingRun : IDisposable
{
    private TrainingRun(HydraSequenceRecommendationTransformer model, TimeSpan duration, TimeSpan processorTime, IReadOnlyList<EpochMetrics> epochs)
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

    /// <summary>Mean over the epochs of this run, validation included; NaN when there was none.</summary>
    public double SecondsPerEpoch { get; }

    /// <summary>Trains with progress on the console; <paramref name="options"/> get progress and cancellation.</summary>
    public static TrainingRun Fit(
        MLContext mlContext,
        IDataView trainSet,
        HydraSequenceRecommendationTrainer.Options options,
        TrainingProgress progress,
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
        return new TrainingRun(model, watch.Elapsed, Environment.CpuUsage.TotalTime - before, progress.Epochs);
    }

    public void Dispose() => Model.Dispose();
}
