using Microsoft.ML.Hydra.Data;
using Microsoft.ML.Hydra.Model;
using Microsoft.ML.Hydra.Numerics;

namespace Microsoft.ML.Hydra.Training;

/// <summary>NDCG@10 of the held-out events over the full catalogue.</summary>
internal sealed class Validator(TrainingData data, bool excludeSeenItems)
{
    private const int Cutoff = 10;
    private const int MaximumScores = 1 << 22;   // 16 MB of scores at once

    /// <summary>Whether anything is held out.</summary>
    public bool IsEnabled => data.ValidationSequences.Length > 0;

    /// <summary>Mean NDCG@10; NaN when nothing is held out.</summary>
    public double NdcgAt10(HydraScorer scorer, Action throwIfCancelled)
    {
        if (!IsEnabled)
        {
            return double.NaN;
        }

        int width = data.Sequences.NumberOfItems + 1;
        int[] sequences = data.ValidationSequences;
        int batch = Math.Clamp(MaximumScores / width, 1, sequences.Length);
        var scores = new float[batch * width];
        var items = new List<int>();
        var offsets = new int[batch + 1];
        double sum = 0;
        for (int start = 0; start < sequences.Length; start += batch)
        {
            throwIfCancelled();
            int count = Math.Min(batch, sequences.Length - start);
            items.Clear();
            for (int i = 0; i < count; i++)
            {
                int sequence = sequences[start + i];
                items.AddRange(data.Sequences[sequence][..data.TrainLengths[sequence]]);
                offsets[i + 1] = items.Count;
            }

            scorer.Score(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(items), offsets.AsSpan(0, count + 1), scores.AsSpan(0, count * width));
            for (int i = 0; i < count; i++)
            {
                int sequence = sequences[start + i];
                ReadOnlySpan<int> history = data.Sequences[sequence][..data.TrainLengths[sequence]];
                int label = data.Sequences[sequence][history.Length];
                int rank = Rank(scores.AsSpan(i * width, width), history, label);
                sum += rank is > 0 and <= Cutoff ? 1 / Math.Log2(rank + 1) : 0;
            }
        }

        return sum / sequences.Length;
    }

    private int Rank(Span<float> scores, ReadOnlySpan<int> history, int label)
    {
        if (excludeSeenItems)
        {
            foreach (int item in history)
            {
                scores[item] = float.NegativeInfinity;
            }
        }

        // Excluded, or a model whose weights are no longer numbers: a miss.
        if (!float.IsFinite(scores[label]))
        {
            return 0;
        }

        int rank = 1;
        for (int row = 1; row < scores.Length; row++)
        {
            if (scores[row] > scores[label] || (scores[row] == scores[label] && row < label))
            {
                rank++;
            }
        }

        return rank;
    }
}
