using System.Diagnostics;
using Microsoft.ML.Hydra.Items;
using Microsoft.ML.Hydra.Model;
using Microsoft.ML.Hydra.Options;
using Microsoft.ML.Hydra.Persistence;
using static TorchSharp.torch;

namespace Microsoft.ML.Hydra.Training;

/// <summary>Trains a model epoch by epoch: batches, steps, validation, best weights, checkpoints.</summary>
internal sealed class TrainingLoop : IDisposable
{
    private readonly ISequenceModel _model;
    private readonly TrainingData _data;
    private readonly TrainerOptions _options;
    private readonly RandomStreams _random;
    private readonly TrainingMonitor _monitor;
    private readonly SequenceBatcher _batcher;
    private readonly LaterTargets _laterTargets;
    private readonly AdamW _optimizer;
    private readonly TrainingStep _step;
    private readonly Validator _validator;
    private readonly Device _device;
    private readonly LearningRateSchedule _schedule;
    private readonly CheckpointStore? _checkpoints;
    private readonly string _fingerprint;
    private TrainingProgress _progress = new();
    private IDisposable? _directory;

    /// <param name="model">The model, already on its device.</param>
    /// <param name="data">What to train and validate on.</param>
    /// <param name="options">The options.</param>
    /// <param name="device">Where the model lies.</param>
    /// <param name="monitor">Receives what happens.</param>
    /// <param name="fingerprint">Identifies data and options to checkpoints.</param>
    public TrainingLoop(
        ISequenceModel model, TrainingData data, ResolvedOptions options, Device device, TrainingMonitor monitor, string fingerprint)
    {
        (_model, _data, _options, _device, _monitor, _fingerprint) = (model, data, options.All, device, monitor, fingerprint);
        _random = new RandomStreams(options.Seed);
        _batcher = new SequenceBatcher(data.Sequences, data.TrainLengths, _options.MaximumSequenceLength, options.MaximumTokensPerBatch);
        _laterTargets = new LaterTargets(data.Sequences, data.TrainLengths, options.LaterTargetRate);
        _optimizer = new AdamW(model.Weights, _options.Beta1, _options.Beta2, _options.WeightDecay, options.NumberOfThreads)
        {
            LeavesUnreached = Fitted.FittedModel.EncodersOf(_options, data.Sequences.Domains) > 1,
        };
        DomainLoss loss = DomainLoss.Create(data.Sequences.Domains, data.TrainEvents().CountItems(), counts => NextItemLoss.Create(
            _options.Loss, _options.NumberOfNegatives, counts, device, options.NumberOfThreads));
        _step = new TrainingStep(model, loss, _optimizer, _random, _options.MaximumGradientNorm, device);
        _validator = new Validator(data, _options.ExcludeSeenItems);
        long steps = (long)_batcher.Epoch(_random.Epoch(1)).Count * _options.NumberOfEpochs;
        int warmup = (int)Math.Min(_options.NumberOfWarmupSteps, steps / 10);
        _schedule = new LearningRateSchedule(options.LearningRate, warmup, _options.FinalLearningRateFraction);
        _checkpoints = _options.CheckpointDirectory is string directory ? new CheckpointStore(directory, _options.NumberOfCheckpoints) : null;
    }

    /// <summary>Runs, or resumes, to the end.</summary>
    /// <exception cref="OperationCanceledException">Cancelled, and there is no epoch to return or the options say to throw.</exception>
    /// <exception cref="TrainingDivergedException">The loss is no longer finite; holds the best weights so far.</exception>
    /// <exception cref="InvalidDataException">There are checkpoints to resume from and none can be used.</exception>
    public TrainingResult Run()
    {
        PrepareCheckpoints();
        try
        {
            while (_progress.Epochs.Count < _options.NumberOfEpochs && !_progress.IsOutOfPatience(_options.Patience))
            {
                RunEpoch(_progress.Epochs.Count + 1);
            }
        }
        catch (OperationCanceledException)
            when (_options.CancellationBehavior == CancellationBehavior.ReturnBestModel && _progress.BestEpoch > 0)
        {
            _monitor.Warning($"Training was cancelled; the model of epoch {_progress.BestEpoch} is returned.");
        }

        return Result();
    }

    public void Dispose()
    {
        _directory?.Dispose();
        _optimizer.Dispose();
    }

    private TrainingResult Result() => new(_progress.BestWeights, _progress.Epochs, _progress.BestEpoch, _data);

    private void RunEpoch(int epoch)
    {
        var watch = Stopwatch.StartNew();
        List<SequenceWindow[]> batches = _batcher.Epoch(_random.Epoch(epoch));
        double loss = TrainEpoch(epoch, batches);
        double seconds = watch.Elapsed.TotalSeconds;
        double ndcg = Validate(epoch, batches.Count);

        TimeSpan elapsed = _progress.Elapsed + watch.Elapsed;
        var metrics = new EpochMetrics(
            epoch,
            _options.NumberOfEpochs,
            loss,
            ndcg,
            _progress.IsBest(ndcg),
            batches.Sum(b => b.Length) / seconds,
            elapsed,
            TimeSpan.FromTicks((long)Math.Min((double)elapsed.Ticks / epoch * (_options.NumberOfEpochs - epoch), long.MaxValue / 2)));
        if (metrics.IsBest)
        {
            _progress.BestWeights = FiniteWeights(epoch, batches.Count);
        }

        _progress.Epochs.Add(metrics);
        _checkpoints?.Save(TrainingState.Take(_model, _optimizer, _progress, _fingerprint));
        _monitor.EpochCompleted(metrics);
    }

    // The last step can leave weights that its own loss does not show yet.
    private NamedTensor[] FiniteWeights(int epoch, int batches)
    {
        NamedTensor[] weights = ModelWeights.Export(_model);
        return Array.Find(weights, weight => !weight.IsFinite()) is NamedTensor spoiled
            ? throw Diverged(epoch, batches, batches, new NotFiniteNumberException($"the weight '{spoiled.Name}' is not finite"))
            : weights;
    }

    private double Validate(int epoch, int batches)
    {
        try
        {
            using var scorer = new SequenceModelScorer(_model, _device);
            return _validator.NdcgAt10(scorer, _monitor.ThrowIfCancelled);
        }
        catch (NotFiniteNumberException cause)
        {
            throw Diverged(epoch, batches, batches, cause);
        }
    }

    private double TrainEpoch(int epoch, List<SequenceWindow[]> batches)
    {
        (double sum, long predictions) = (0, 0);
        for (int i = 0; i < batches.Count; i++)
        {
            _monitor.ThrowIfCancelled();
            SequenceBatch batch = _batcher.Build(batches[i]);
            _laterTargets.Draw(batches[i], batch.Targets, _random.LaterTargets(_optimizer.Steps));
            double loss;
            try
            {
                loss = _step.Run(batch, Rate(epoch, i, batches.Count));
            }
            catch (NotFiniteNumberException cause)
            {
                throw Diverged(epoch, i + 1, batches.Count, cause);
            }

            int targets = batch.Targets.Count(row => row > 0);
            sum += loss * targets;
            predictions += targets;
            _monitor.StepCompleted(epoch, i + 1, batches.Count, loss);
        }

        return sum / predictions;
    }

    private double Rate(int epoch, int batch, int batches) =>
        _schedule.At(_optimizer.Steps, (epoch - 1 + (double)batch / batches) / _options.NumberOfEpochs);

    // When so many batches of the epoch were done.
    private TrainingDivergedException Diverged(int epoch, int done, int batches, NotFiniteNumberException cause) =>
        new(Result(), epoch, done, Rate(epoch, done - 1, batches), cause);

    private void PrepareCheckpoints()
    {
        if (_checkpoints is null)
        {
            return;
        }

        _directory = _checkpoints.Prepare();
        if (!_options.ResumeFromCheckpoint)
        {
            if (_checkpoints.Epochs.Count > 0)
            {
                throw new InvalidOperationException(
                    $"CheckpointDirectory '{_options.CheckpointDirectory}' already holds checkpoints; set ResumeFromCheckpoint = true to continue that run, or choose an empty directory.");
            }

            return;
        }

        bool found = _checkpoints.TryLoadLatest(out Checkpoint? checkpoint, out IReadOnlyList<string> warnings);
        if (!found && warnings.Count > 0)
        {
            // Training from the beginning would write over them.
            throw new InvalidDataException(
                $"CheckpointDirectory '{_options.CheckpointDirectory}' holds no checkpoint that can be used: {warnings[0]} Remove those files to start from the beginning, or choose another directory.");
        }

        foreach (string warning in warnings)
        {
            _monitor.Warning(warning);
        }

        if (!found)
        {
            _monitor.Warning($"CheckpointDirectory '{_options.CheckpointDirectory}' holds no checkpoint; training starts from the beginning.");
            return;
        }

        _progress = TrainingState.Restore(checkpoint!, _model, _optimizer, _fingerprint);
    }
}

/// <summary>The epochs that are done and the best weights so far.</summary>
internal sealed class TrainingProgress
{
    /// <summary>Metrics of the epochs done.</summary>
    public List<EpochMetrics> Epochs { get; } = [];

    /// <summary>Weights of the best epoch so far; empty before the first.</summary>
    public IReadOnlyList<NamedTensor> BestWeights { get; set; } = [];

    /// <summary>The epoch of <see cref="BestWeights"/>; 0 before the first.</summary>
    public int BestEpoch => Epochs.LastOrDefault(e => e.IsBest)?.Epoch ?? 0;

    /// <summary>Time of the epochs that are done, with those before an interruption.</summary>
    public TimeSpan Elapsed => Epochs.Count > 0 ? Epochs[^1].Elapsed : TimeSpan.Zero;

    /// <summary>Whether a metric (NaN without validation) beats every epoch so far.</summary>
    public bool IsBest(double metric) => double.IsNaN(metric) || Epochs.All(e => !(e.ValidationNdcgAt10 >= metric));

    /// <summary>Whether so many epochs have passed without improvement; a patience of 0 never ends.</summary>
    public bool IsOutOfPatience(int patience) => patience > 0 && Epochs.Count > 0 && Epochs.Count - BestEpoch >= patience;
}

/// <summary>A linear rise over the first steps, then a cosine from the peak down to a share of it.</summary>
/// <param name="peak">Highest learning rate.</param>
/// <param name="warmupSteps">Steps of the rise.</param>
/// <param name="finalFraction">Share of the peak at the end.</param>
internal sealed class LearningRateSchedule(double peak, int warmupSteps, double finalFraction)
{
    /// <summary>The learning rate of a step.</summary>
    /// <param name="step">Steps taken before this one.</param>
    /// <param name="progress">Share of the whole training done before this step, 0 to 1.</param>
    public double At(long step, double progress)
    {
        double rise = warmupSteps > 0 ? Math.Min(1, (step + 1.0) / warmupSteps) : 1;
        double cosine = finalFraction + (1 - finalFraction) * 0.5 * (1 + Math.Cos(Math.PI * progress));
        return peak * rise * cosine;
    }
}

/// <summary>What a training reports to its caller, and what it asks.</summary>
internal sealed class TrainingMonitor
{
    /// <summary>Whether to stop now; asked before every step.</summary>
    public required Func<bool> IsCancelled { get; init; }

    /// <summary>Called after every epoch.</summary>
    public required Action<EpochMetrics> EpochCompleted { get; init; }

    /// <summary>Called after every step: epoch, batches done in it, batches in it, loss.</summary>
    public required Action<int, int, int, double> StepCompleted { get; init; }

    /// <summary>Called with the result of fitting a prior.</summary>
    public Action<PriorFitResult> PriorFitted { get; init; } = _ => { };

    /// <summary>Called with the result of calibrating new items.</summary>
    public Action<NewItemTrial> NewItemsFitted { get; init; } = _ => { };

    /// <summary>Called with a warning.</summary>
    public required Action<string> Warning { get; init; }

    /// <summary>Ends the run when it is cancelled.</summary>
    public void ThrowIfCancelled()
    {
        if (IsCancelled())
        {
            throw new OperationCanceledException("Training was cancelled.");
        }
    }
}
