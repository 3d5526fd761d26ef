using System.Collections.Concurrent;
using Microsoft.ML.Hydra.Numerics;
using Microsoft.ML.Hydra.Prior;

namespace Microsoft.ML.Hydra.Scoring;

/// <summary>
/// Scores with a trained model on the CPU, in managed code only. Safe for many threads: each call takes idle encoders and
/// leaves them to later calls. Results do not depend on the number of threads.
/// </summary>
/// <param name="weights">The weights, shared by all encoders.</param>
/// <param name="prior">Added to the model's scores, or <see langword="null"/>.</param>
/// <param name="memory">Owns the memory of the weights; disposed with this.</param>
/// <param name="degreeOfParallelism">Most threads in one call.</param>
internal sealed class CatalogScorer(ScoringWeights weights, CooccurrencePrior? prior, IDisposable memory, int degreeOfParallelism) : IDisposable
{
    private readonly ConcurrentBag<StateEncoder> _idle = [];
    private readonly ConcurrentBag<PriorScorer> _idlePriors = [];
    private readonly ConcurrentBag<SequenceRecommender> _idleRecommenders = [];
    private readonly int _width = weights.Sizes.NumberOfItems + 1;

    /// <summary>Scores as <see cref="BatchScorer"/> says.</summary>
    public void Score(ReadOnlySpan<int> items, ReadOnlySpan<float> times, ReadOnlySpan<int> offsets, Span<float> scores) =>
        Score(items, times, offsets, 0, scores);

    /// <summary>Scores one item after each of several histories.</summary>
    /// <param name="items">Item rows of all histories, one after another, oldest event first.</param>
    /// <param name="times">Features of the events' times, <c>[events, K]</c>; empty for none.</param>
    /// <param name="offsets">History <c>i</c> is <c>items[offsets[i] .. offsets[i + 1])</c>; never empty.</param>
    /// <param name="item">Its row, or 0 for the whole catalogue.</param>
    /// <param name="scores">Receives <c>[histories]</c> scores, or rows of the whole catalogue.</param>
    public void Score(ReadOnlySpan<int> items, ReadOnlySpan<float> times, ReadOnlySpan<int> offsets, int item, Span<float> scores)
    {
        List<Range> batches = Cut(offsets);
        if (batches.Count <= 1 || degreeOfParallelism == 1)
        {
            foreach (Range batch in batches)
            {
                ScoreBatch(items, times, offsets, batch, item, scores);
            }

            return;
        }

        ScoreParallel(items, times, offsets, batches, item, scores);
    }

    /// <summary>An empty sequence of this model.</summary>
    public SequenceState NewSequence() => new(weights.Sizes);

    /// <summary>A recommender for one caller, until it is disposed.</summary>
    public Borrowed Borrow() => new(this, _idleRecommenders.TryTake(out SequenceRecommender? idle) ? idle : new SequenceRecommender(weights, prior));

    public void Dispose()
    {
        foreach (SequenceRecommender recommender in _idleRecommenders)
        {
            recommender.Dispose();
        }

        foreach (StateEncoder encoder in _idle)
        {
            encoder.Dispose();
        }

        weights.Dispose();
        memory.Dispose();
    }

    // A closure cannot hold spans, so it holds pointers; the spans are pinned until all threads are done.
    private unsafe void ScoreParallel(ReadOnlySpan<int> items, ReadOnlySpan<float> times, ReadOnlySpan<int> offsets, List<Range> batches, int item, Span<float> scores)
    {
        (int itemCount, int timeCount, int offsetCount, int scoreCount) = (items.Length, times.Length, offsets.Length, scores.Length);
        fixed (int* firstItem = items, firstOffset = offsets)
        {
            fixed (float* firstTime = times, firstScore = scores)
            {
                (nint i, nint t, nint o, nint s) = ((nint)firstItem, (nint)firstTime, (nint)firstOffset, (nint)firstScore);
                Parallel.For(0, batches.Count, new ParallelOptions { MaxDegreeOfParallelism = degreeOfParallelism }, batch => ScoreBatch(
                    new((void*)i, itemCount), new((void*)t, timeCount), new((void*)o, offsetCount), batches[batch], item, new((void*)s, scoreCount)));
            }
        }
    }

    private void ScoreBatch(ReadOnlySpan<int> items, ReadOnlySpan<float> times, ReadOnlySpan<int> offsets, Range batch, int item, Span<float> scores)
    {
        (int first, int count) = batch.GetOffsetAndLength(offsets.Length - 1);
        if (!_idle.TryTake(out StateEncoder? encoder))
        {
            encoder = new StateEncoder(weights);
        }

        int width = item == 0 ? _width : 1;
        encoder.Score(items, times, offsets.Slice(first, count + 1), item, scores.Slice(first * width, count * width));
        _idle.Add(encoder);
        if (prior is not null)
        {
            AddPrior(prior, items, offsets.Slice(first, count + 1), item, scores.Slice(first * width, count * width));
        }
    }

    private void AddPrior(CooccurrencePrior added, ReadOnlySpan<int> items, ReadOnlySpan<int> offsets, int item, Span<float> scores)
    {
        PriorScorer scorer = _idlePriors.TryTake(out PriorScorer? idle) ? idle : new PriorScorer(added);
        for (int i = 0; i < offsets.Length - 1; i++)
        {
            ReadOnlySpan<int> history = items[offsets[i]..offsets[i + 1]];
            if (item == 0)
            {
                scorer.AddToAll(history, scores.Slice(i * _width, _width));
            }
            else
            {
                scorer.AddTo(history, [item], scores.Slice(i, 1));
            }
        }

        _idlePriors.Add(scorer);
    }

    private static List<Range> Cut(ReadOnlySpan<int> offsets)
    {
        var batches = new List<Range>();
        for (int first = 0, next; first < offsets.Length - 1; first = next)
        {
            next = first + 1;
            while (next < offsets.Length - 1 && offsets[next + 1] - offsets[first] <= StateEncoder.EventsAtOnce)
            {
                next++;
            }

            batches.Add(first..next);
        }

        return batches;
    }

    /// <summary>A recommender that is given back at the end of its use.</summary>
    internal readonly ref struct Borrowed(CatalogScorer owner, SequenceRecommender recommender)
    {
        /// <summary>The recommender.</summary>
        public SequenceRecommender Recommender => recommender;

        public void Dispose() => owner._idleRecommenders.Add(recommender);
    }
}
