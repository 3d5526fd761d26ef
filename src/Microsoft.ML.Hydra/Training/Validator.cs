using System.Runtime.InteropServices;
using Microsoft.ML.Hydra.Model;
using Microsoft.ML.Hydra.Numerics;

namespace Microsoft.ML.Hydra.Training;

/// <summary>NDCG@10 of the held-out events over the full catalogue.</summary>
/// <param name="data">What is held out.</param>
/// <param name="excludeSeenItems">Whether items of the history are left out of the ranking.</param>
internal sealed class Validator(TrainingData data, bool excludeSeenItems)
{
    private const int Cutoff = 10;
    private const int MaximumScores = 1 << 22;    // 16 MB of scores at once
    private const int MaximumEvents = 1 << 14;    // a cancellation waits for no more than this

    private readonly ulong[] _seen = new ulong[CandidateMask.WordCount(data.Sequences.NumberOfItems + 1)];

    /// <summary>Mean NDCG@10; NaN when nothing is held out.</summary>
    /// <param name="scorer">Scores with the weights of now.</param>
    /// <param name="throwIfCancelled">Asked before every batch.</param>
    /// <exception cref="NotFiniteNumberException">The scores are not finite, so the weights are of no use.</exception>
    public double NdcgAt10(HydraScorer scorer, Action throwIfCancelled)
    {
        int[] sequences = data.ValidationSequences;
        if (sequences.Length == 0)
        {
            ScoreOne(scorer);
            return double.NaN;
        }

        int width = data.Sequences.NumberOfItems + 1;
        int most = Math.Clamp(MaximumScores / width, 1, sequences.Length);
        var scores = new float[most * width];
        var items = new List<int>();
        var offsets = new int[most + 1];
        double sum = 0;
        for (int start = 0, count; start < sequences.Length; start += count)
        {
            throwIfCancelled();
            items.Clear();
            for (count = 0; count < most && start + count < sequences.Length && (count == 0 || items.Count < MaximumEvents); count++)
            {
                items.AddRange(data.History(sequences[start + count]));
                offsets[count + 1] = items.Count;
            }

            scorer.Score(CollectionsMarshal.AsSpan(items), offsets.AsSpan(0, count + 1), scores.AsSpan(0, count * width));
            for (int i = 0; i < count; i++)
            {
                int rank = Rank(scores.AsSpan(i * width, width), sequences[start + i]);
                sum += rank is > 0 and <= Cutoff ? 1 / Math.Log2(rank + 1) : 0;
            }
        }

        return sum / sequences.Length;
    }

    // Even where nothing is held out, weights that score nothing must not pass as a good epoch.
    private void ScoreOne(HydraScorer scorer)
    {
        ReadOnlySpan<int> history = data.Sequences[0];
        var scores = new float[data.Sequences.NumberOfItems + 1];
        scorer.Score(history, [0, history.Length], scores);
        RequireFinite(scores[history[0]]);
    }

    private static void RequireFinite(float score)
    {
        if (!float.IsFinite(score))
        {
            throw new NotFiniteNumberException($"score {score} after the epoch");
        }
    }

    private int Rank(ReadOnlySpan<float> scores, int sequence)
    {
        Array.Clear(_seen);
        if (excludeSeenItems)
        {
            foreach (int item in data.History(sequence))
            {
                _seen[item >> 6] |= 1UL << (item & 63);
            }
        }

        int label = data.Label(sequence);
        RequireFinite(scores[label]);
        return Ranking.RankOf(scores, label, new CandidateMask(_seen));
    }
}
