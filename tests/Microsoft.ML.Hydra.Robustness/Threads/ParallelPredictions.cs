using System.Diagnostics;
using System.Globalization;
using Microsoft.ML.Hydra.Robustness.Cases;
using Microsoft.ML.Hydra.Robustness.Models;
using Microsoft.ML.Hydra.Tests.Integration;

namespace Microsoft.ML.Hydra.Robustness.Threads;

/// <summary>
/// One transformer under 16 threads, each with an engine and states of its own: every result is that of one thread, to the bit, and the resident
/// set stays within 5 % after the warm-up.
/// </summary>
internal sealed class ParallelPredictions
{
    private const int NumberOfThreads = 16;
    private const int NumberOfItems = 2000;
    private const int NumberOfHistories = 100;
    private const int Samples = 40;
    private const double WarmUp = 0.25;
    private const double LargestDrift = 0.05;

    private readonly MLContext _mlContext = new(seed: 1);
    private readonly HydraSequenceRecommendationTransformer _model;
    private readonly History<string>[] _histories;
    private readonly Recommendation<string>[] _ofEngine;
    private readonly RecommendedItem<string>[][] _ofState;
    private readonly List<long> _residentSets = [];
    private readonly Lock _lock = new();
    private readonly Tally _tally = new();
    private long _next;

    private ParallelPredictions()
    {
        var random = new Random(3);
        var options = new TrainerOptions
        {
            EmbeddingDimension = 32, NumberOfLayers = 2, NumberOfLatentHeads = 2, StateDimension = 16, InnerHeadDimension = 8,
            MaximumTokensPerBatch = 64, LearningRate = 0.01, DropoutRate = 0, LaterTargetRate = 0, Seed = 1,
        };
        _model = RandomModel.Transformer(_mlContext, RandomModel.Create(options, RandomModel.Texts(NumberOfItems), random, hasPrior: true));
        _histories = [.. Enumerable.Range(0, NumberOfHistories).Select(i => new History<string>
        {
            Items = [.. Enumerable.Range(0, i % 40).Select(_ => _model.Fitted.Vocabulary.NameOf(random.Next(1, NumberOfItems + 1)))],
        })];
        using PredictionEngine<History<string>, Recommendation<string>> engine = Engine();
        _ofEngine = [.. _histories.Select(history => engine.Predict(history))];
        _ofState = [.. _histories.Select(Follow)];
    }

    /// <summary>Makes predictions.</summary>
    /// <param name="count">How many.</param>
    /// <param name="log">Receives the resident set over time.</param>
    /// <param name="checkMemory">Whether the resident set must be flat: that takes a minute to settle.</param>
    public static Tally Run(long count, TextWriter log, bool checkMemory = true)
    {
        long began = Stopwatch.GetTimestamp();
        var run = new ParallelPredictions();
        Thread[] threads = [.. Enumerable.Range(0, NumberOfThreads).Select(_ => new Thread(() => run.Work(count)))];
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        if (checkMemory)
        {
            run.CheckMemory(count, log);
        }

        run._model.Dispose();
        run._tally.Seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
        run._tally.PeakMemory = ResidentSet.Peak();
        return run._tally;
    }

    private void CheckMemory(long count, TextWriter log)
    {
        log.WriteLine($"resident set, MB: {string.Join(" ", _residentSets.Select(bytes => (bytes / 1e6).ToString("F0", CultureInfo.InvariantCulture)))}");
        long[] settled = [.. _residentSets.Skip((int)(WarmUp * _residentSets.Count))];
        double middle = settled.Order().ElementAt(settled.Length / 2);
        if (settled.Max() > (1 + LargestDrift) * middle || settled.Min() < (1 - LargestDrift) * middle)
        {
            _tally.Add(count, new Outcome(Verdict.TooMuchMemory, $"{settled.Min()} to {settled.Max()} bytes around {middle}"), "the resident set is not flat");
        }
    }

    private void Work(long count)
    {
        using PredictionEngine<History<string>, Recommendation<string>> engine = Engine();
        var own = new Tally();
        for (long i = Interlocked.Increment(ref _next) - 1; i < count; i = Interlocked.Increment(ref _next) - 1)
        {
            int row = (int)(i % NumberOfHistories);
            Outcome outcome;
            try
            {
                bool isRight = i % 2 == 0 ? Equal(engine.Predict(_histories[row]), _ofEngine[row]) : Follow(_histories[row]).AsSpan().SequenceEqual(_ofState[row]);
                outcome = new Outcome(isRight ? Verdict.Works : Verdict.Crash, $"history {row}: another result than on one thread");
            }
            catch (Exception error)
            {
                outcome = new Outcome(Verdict.Crash, error.ToString());
            }

            own.Add(i, outcome, outcome.Description.Split('\n')[0]);
            if (i % Math.Max(1, count / Samples) == 0)
            {
                lock (_lock)
                {
                    _residentSets.Add(ResidentSet.Now());
                }
            }
        }

        lock (_lock)
        {
            _tally.Add(own);
        }
    }

    // An engine disposes its transformer.
    private PredictionEngine<History<string>, Recommendation<string>> Engine() =>
        _mlContext.Model.CreatePredictionEngine<History<string>, Recommendation<string>>(_model.WithRecommendations(_model.Recommendations));

    private RecommendedItem<string>[] Follow(History<string> history)
    {
        using HydraUserState state = _model.CreateState();
        state.Append(history.Items);
        return state.Recommend<string>(10);
    }

    private static bool Equal(Recommendation<string> one, Recommendation<string> other) =>
        one.PredictedItems.AsSpan().SequenceEqual(other.PredictedItems) && one.Score.AsSpan().SequenceEqual(other.Score);
}
