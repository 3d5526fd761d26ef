using System.Diagnostics;
using Microsoft.ML.Hydra.Benchmarks.Peers;
using Microsoft.ML.Hydra.Interop;
using Microsoft.ML.Hydra.Items;
using Microsoft.ML.Hydra.Model;
using Microsoft.ML.Hydra.Options;
using Microsoft.ML.Hydra.Scoring;
using Microsoft.ML.Hydra.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Hydra.Benchmarks.Rival;

/// <summary>A SASRec trained by Hydra's own training loop on Hydra's own batches, with the weights of its best epoch.</summary>
internal sealed class RivalFit : IDisposable
{
    private readonly SasRec _model;
    private readonly SequenceModelScorer _scorer;

    private RivalFit(SasRec model, RivalOptions options, TrainingResult result, TimeSpan duration, TimeSpan processorTime)
    {
        (_model, Options, Result, Duration, ProcessorTime) = (model, options, result, duration, processorTime);
        _scorer = new SequenceModelScorer(model, CPU);
    }

    /// <summary>The options with nothing left open.</summary>
    public RivalOptions Options { get; }

    /// <summary>Epochs and best weights.</summary>
    public TrainingResult Result { get; }

    /// <summary>Time of the training, validation included.</summary>
    public TimeSpan Duration { get; }

    /// <summary>Processor time of the same.</summary>
    public TimeSpan ProcessorTime { get; }

    /// <summary>Trained weights.</summary>
    public long NumberOfParameters => _model.NumberOfParameters;

    /// <summary>Validation NDCG@10 of the best epoch; NaN without validation.</summary>
    public double ValidationNdcgAt10 => Result.Epochs[Result.BestEpoch - 1].ValidationNdcgAt10;

    /// <summary>Trains.</summary>
    /// <param name="data">The training sequences; each one's last event is held out for validation, as the options say.</param>
    /// <param name="options">Options, checked.</param>
    /// <param name="epochCompleted">Called after every epoch.</param>
    public static RivalFit Train(SequenceDataset data, RivalOptions options, Action<EpochMetrics> epochCompleted)
    {
        NativeTorch.EnsureLoaded();
        ResolvedOptions training = AutomaticOptions.Resolve(options.Training, data, null, () => { });
        options = options.With(training.All);
        options.Check();
        var random = new RandomStreams(training.Seed);
        using var generator = new Generator(random.Weights, CPU);
        var parts = new FusedParts(training.NumberOfThreads, generator);
        var model = new SasRec(options.Sizes(data.NumberOfItems), training.DropoutRate, parts);
        try
        {
            using DisposeScope scope = NewDisposeScope();
            TrainingData split = TrainingData.Split(data, training.All.Validation, training.All.MaximumValidationSequences, random.ValidationSample());
            var monitor = new TrainingMonitor
            {
                IsCancelled = () => false,
                EpochCompleted = epochCompleted,
                StepCompleted = (_, _, _, _) => { },
                Warning = _ => { },
            };
            using var loop = new TrainingLoop(model, split, training, CPU, monitor, fingerprint: nameof(SasRec));
            (TimeSpan processor, var watch) = (ProcessorTimeSoFar(), Stopwatch.StartNew());
            TrainingResult result = loop.Run();
            TimeSpan processorTime = ProcessorTimeSoFar() - processor;
            ModelWeights.Import(model, result.Weights);
            return new RivalFit(model, options, result, watch.Elapsed, processorTime);
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <inheritdoc cref="BatchScorer"/>
    public void Score(ReadOnlySpan<int> items, ReadOnlySpan<float> times, ReadOnlySpan<int> offsets, Span<float> scores) =>
        _scorer.Score(items, [], offsets, scores);

    /// <summary>The model with the prior that Hydra gets, fitted in the same way.</summary>
    /// <returns>A scorer for one caller, and NDCG@10 on the held-out events with it.</returns>
    public (BatchScorer Score, PriorFitResult Fit) WithPrior()
    {
        PriorFitResult fit = PriorFit.Fit(Result.Data, Score, Options.Training.ExcludeSeenItems, Options.Training.CountValidationEvents, () => { });
        if (fit.Prior is null)
        {
            return (Score, fit);
        }

        var prior = new PriorScorer(fit.Prior);
        int width = _model.NumberOfItems + 1;
        return ((items, times, offsets, scores) =>
        {
            Score(items, times, offsets, scores);
            for (int i = 0; i < offsets.Length - 1; i++)
            {
                prior.AddToAll(items[offsets[i]..offsets[i + 1]], scores.Slice(i * width, width));
            }
        }, fit);
    }

    public void Dispose() => _model.Dispose();

    private static TimeSpan ProcessorTimeSoFar()
    {
        using var process = Process.GetCurrentProcess();
        return process.TotalProcessorTime;
    }
}
