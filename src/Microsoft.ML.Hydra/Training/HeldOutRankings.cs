using Microsoft.ML.Hydra.Items;
using Microsoft.ML.Hydra.Numerics;
using Microsoft.ML.Hydra.Prior;
using Microsoft.ML.Hydra.Scoring;

namespace Microsoft.ML.Hydra.Training;

/// <summary>Asks a model about held-out events.</summary>
/// <param name="data">What is held out.</param>
/// <param name="excludeSeenItems">Whether items of the history are left out of the ranking.</param>
/// <param name="links">All links that a prior may have; they decide which scores are kept.</param>
internal sealed class HeldOutRankings(TrainingData data, bool excludeSeenItems, IReadOnlyList<ItemLinks> links)
{
    private static readonly double[] s_everyItem = [.. Enumerable.Repeat(1.0, CooccurrenceShape.Depth)];

    private readonly LinkSums _reached = new(data.Sequences.NumberOfItems);
    private readonly ulong[] _seen = new ulong[CandidateMask.WordCount(data.Sequences.NumberOfItems + 1)];
    private readonly int[] _bestRows = new int[Ranking.Cutoff + 1];
    private readonly float[] _bestScores = new float[Ranking.Cutoff + 1];

    /// <summary>Scores after the histories of held-out events.</summary>
    /// <param name="sequences">Which sequences.</param>
    /// <param name="scorer">The model.</param>
    /// <param name="throwIfCancelled">Asked before every batch.</param>
    /// <returns>One for each sequence but those whose label is excluded itself.</returns>
    public List<HeldOutRanking> Ask(ReadOnlySpan<int> sequences, BatchScorer scorer, Action throwIfCancelled)
    {
        var rankings = new List<HeldOutRanking>();
        new HeldOutScoring(data).Run(sequences, scorer, throwIfCancelled, (sequence, scores) =>
        {
            int label = data.Label(sequence);
            ReadOnlySpan<int> history = data.History(sequence);
            if (!excludeSeenItems || !history.Contains(label))
            {
                rankings.Add(Keep(history, label, scores));
            }
        });

        return rankings;
    }

    private HeldOutRanking Keep(ReadOnlySpan<int> history, int label, ReadOnlySpan<float> scores)
    {
        Array.Clear(_seen);
        foreach (int row in excludeSeenItems ? history : default)
        {
            _seen[row >> 6] |= 1UL << (row & 63);
        }

        var candidates = new CandidateMask(_seen);
        foreach (ItemLinks links in links)
        {
            _reached.Add(links, history, s_everyItem);
        }

        int best = Ranking.TopK(scores, _bestRows.Length, candidates, _bestRows, _bestScores);
        var rows = new SortedSet<int>(_bestRows[..best]);
        foreach (int row in _reached.Reached)
        {
            if (candidates.IsCandidate(row))
            {
                rows.Add(row);
            }
        }

        _reached.Clear();
        rows.Remove(label);
        int[] others = [.. rows];
        var kept = new float[others.Length];
        for (int i = 0; i < kept.Length; i++)
        {
            kept[i] = scores[others[i]];
        }

        return new HeldOutRanking(history[Math.Max(0, history.Length - CooccurrenceShape.Depth)..].ToArray(), label, scores[label], others, kept);
    }
}
