using Microsoft.ML.Hydra.Items;
using Microsoft.ML.Hydra.Model;
using Microsoft.ML.Hydra.Numerics;
using Microsoft.ML.Hydra.Scoring;

namespace Microsoft.ML.Hydra.Training;

/// <summary>NDCG@10 of the held-out events over the full catalogue; with domains the mean of those of the domains, each over the items of the domain.</summary>
/// <param name="data">What is held out.</param>
/// <param name="excludeSeenItems">Whether items of the history are left out of the ranking.</param>
internal sealed class Validator(TrainingData data, bool excludeSeenItems)
{
    private readonly HeldOutScoring _scoring = new(data, excludeSeenItems);

    /// <summary>Mean NDCG@10; NaN when nothing is held out.</summary>
    /// <param name="scorer">Scores with the current weights.</param>
    /// <param name="throwIfCancelled">Asked before every batch.</param>
    /// <exception cref="NotFiniteNumberException">The scores are not finite: the weights are unusable.</exception>
    public double NdcgAt10(SequenceModelScorer scorer, Action throwIfCancelled)
    {
        int[] sequences = data.ValidationSequences;
        if (sequences.Length == 0)
        {
            ScoreOne(scorer);
            return double.NaN;
        }

        int domains = data.Sequences.Domains?.Count ?? 1;
        (var sums, var events) = (new double[domains], new int[domains]);
        _scoring.Run(sequences, new DomainScorers(domain => (items, times, offsets, scores) => scorer.Score(domain, items, times, offsets, scores)), throwIfCancelled, (sequence, scores, candidates) =>
        {
            int label = data.Label(sequence), domain = data.Sequences.DomainOf(sequence);
            RequireFinite(scores[label]);
            int rank = Ranking.RankOf(scores, label, candidates);
            sums[domain] += rank > 0 ? Ranking.Gain(rank) : 0;
            events[domain]++;
        });
        return Enumerable.Range(0, domains).Where(domain => events[domain] > 0).Average(domain => sums[domain] / events[domain]);
    }

    // Even where nothing is held out, weights that score nothing must not pass as a good epoch.
    private void ScoreOne(SequenceModelScorer scorer)
    {
        ReadOnlySpan<int> history = data.Sequences[0];
        var scores = new float[data.Sequences.NumberOfItems + 1];
        scorer.Score(history, data.Sequences.Times(0), [0, history.Length], scores);
        RequireFinite(scores[history[0]]);
    }

    private static void RequireFinite(float score)
    {
        if (!float.IsFinite(score))
        {
            throw new NotFiniteNumberException($"score {score} after the epoch");
        }
    }
}

/// <summary>Scores the catalogue before held-out events, many histories at once in bounded memory.</summary>
/// <param name="data">What is held out.</param>
/// <param name="excludeSeenItems">Whether items of the history are left out of the ranking.</param>
internal sealed class HeldOutScoring(TrainingData data, bool excludeSeenItems)
{
    private const int MaximumScores = 1 << 22;    // 16 MB of scores at once
    private const int MaximumEvents = 1 << 14;    // a cancellation waits for no more than this

    private readonly ulong[] _excluded = new ulong[CandidateMask.WordCount(data.Sequences.NumberOfItems + 1)];

    /// <summary>What is done with the scores <c>[items + 1]</c> before the held-out event of a sequence, and with the items that are ranked.</summary>
    public delegate void Visit(int sequence, ReadOnlySpan<float> scores, CandidateMask candidates);

    /// <summary>Visits sequences in their order, those of one domain after those of another.</summary>
    /// <param name="sequences">Which sequences; at least one.</param>
    /// <param name="scorers">The model.</param>
    /// <param name="throwIfCancelled">Asked before every batch.</param>
    /// <param name="visit">Called once for each sequence.</param>
    public void Run(ReadOnlySpan<int> sequences, DomainScorers scorers, Action throwIfCancelled, Visit visit)
    {
        if (data.Sequences.Domains is null)
        {
            Run(sequences, scorers[0], throwIfCancelled, visit);
            return;
        }

        foreach (IGrouping<int, int> domain in sequences.ToArray().GroupBy(data.Sequences.DomainOf).OrderBy(group => group.Key))
        {
            Run([.. domain], scorers[domain.Key], throwIfCancelled, visit);
        }
    }

    private void Run(ReadOnlySpan<int> sequences, BatchScorer scorer, Action throwIfCancelled, Visit visit)
    {
        int width = data.Sequences.NumberOfItems + 1;
        int most = Math.Clamp(MaximumScores / width, 1, sequences.Length);
        var scores = new float[most * width];
        var items = new List<int>();
        var times = new List<float>();
        var offsets = new int[most + 1];
        for (int start = 0, count; start < sequences.Length; start += count)
        {
            throwIfCancelled();
            items.Clear();
            times.Clear();
            for (count = 0; count < most && start + count < sequences.Length && (count == 0 || items.Count < MaximumEvents); count++)
            {
                items.AddRange(data.History(sequences[start + count]));
                times.AddRange(data.Times(sequences[start + count]));
                offsets[count + 1] = items.Count;
            }

            scorer(CollectionsMarshal.AsSpan(items), CollectionsMarshal.AsSpan(times), offsets.AsSpan(0, count + 1), scores.AsSpan(0, count * width));
            for (int i = 0; i < count; i++)
            {
                visit(sequences[start + i], scores.AsSpan(i * width, width), Candidates(sequences[start + i]));
            }
        }
    }

    private CandidateMask Candidates(int sequence)
    {
        if (data.Sequences.Domains is { } domains)
        {
            domains.Excluded(data.Sequences.DomainOf(sequence)).CopyTo(_excluded, 0);
        }
        else
        {
            Array.Clear(_excluded);
        }

        if (excludeSeenItems)
        {
            foreach (int row in data.History(sequence))
            {
                _excluded[row >> 6] |= 1UL << (row & 63);
            }
        }

        return new CandidateMask(_excluded);
    }
}
