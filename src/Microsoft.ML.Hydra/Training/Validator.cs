using Microsoft.ML.Hydra.Items;
using Microsoft.ML.Hydra.Model;
using Microsoft.ML.Hydra.Numerics;

namespace Microsoft.ML.Hydra.Training;

/// <summary>NDCG@10 of the held-out events over the full catalogue.</summary>
/// <param name="data">What is held out.</param>
/// <param name="excludeSeenItems">Whether items of the history are left out of the ranking.</param>
internal sealed class Validator(TrainingData data, bool excludeSeenItems)
{
    private readonly HeldOutScoring _scoring = new(data);
    private readonly ulong[] _seen = new ulong[CandidateMask.WordCount(data.Sequences.NumberOfItems + 1)];

    /// <summary>Mean NDCG@10; NaN when nothing is held out.</summary>
    /// <param name="scorer">Scores with the weights of now.</param>
    /// <param name="throwIfCancelled">Asked before every batch.</param>
    /// <exception cref="NotFiniteNumberException">The scores are not finite, so the weights are of no use.</exception>
    public double NdcgAt10(SequenceModelScorer scorer, Action throwIfCancelled)
    {
        int[] sequences = data.ValidationSequences;
        if (sequences.Length == 0)
        {
            ScoreOne(scorer);
            return double.NaN;
        }

        double sum = 0;
        _scoring.Run(sequences, scorer.Score, throwIfCancelled, (sequence, scores) =>
        {
            int rank = Rank(scores, sequence);
            sum += rank > 0 ? Ranking.Gain(rank) : 0;
        });
        return sum / sequences.Length;
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
