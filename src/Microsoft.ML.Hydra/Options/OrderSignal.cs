using Microsoft.ML.Hydra.Items;
using Microsoft.ML.Hydra.Numerics;
using Microsoft.ML.Hydra.Prior;

namespace Microsoft.ML.Hydra.Options;

/// <summary>
/// How much the order of events says, judged by counting before anything is trained: it says little where pairs up to 20 events apart
/// (<see cref="CooccurrenceReach.Far"/>) predict the last events of sequences better than near pairs do.
/// </summary>
internal static class OrderSignal
{
    private const int FewestSequences = 2000;     // with fewer the difference is random
    private const int MostSequences = 16_384;

    private static readonly CooccurrenceShape s_near = new(CooccurrenceReach.Near, 0.3, 0.85);
    private static readonly CooccurrenceShape s_far = new(CooccurrenceReach.Far, 1, 0.93);

    /// <summary>Whether the order of events says little about what comes next.</summary>
    /// <param name="sequences">The sequences; the last event of each of three or more, or of a sample of them, is predicted from those before it.</param>
    /// <param name="excludeSeenItems">Whether items of the history are left out of the ranking.</param>
    /// <param name="throwIfCancelled">Asked often.</param>
    public static bool IsWeak(SequenceDataset sequences, bool excludeSeenItems, Action throwIfCancelled)
    {
        TrainingData data = TrainingData.Split(sequences, SequenceValidation.LeaveLastOut, MostSequences, new Random(0));
        if (data.ValidationSequences.Length < FewestSequences)
        {
            return false;
        }

        var counted = new Cooccurrences(data.TrainEvents());
        return Gain(s_far) > Gain(s_near);

        double Gain(CooccurrenceShape shape)
        {
            ItemLinks links = counted.Count(shape.Reach, shape.Backward, throwIfCancelled);
            var sums = new LinkSums(sequences.NumberOfItems);
            double[] recency = shape.Recency();
            double gain = 0;
            foreach (int sequence in data.ValidationSequences)
            {
                sums.Add(links, data.History(sequence), recency);
                gain += GainAt10(sums, data.History(sequence), data.Label(sequence), excludeSeenItems);
                sums.Clear();
            }

            return gain;
        }
    }

    // The label's share in NDCG@10 when items are ranked by what links to them add up to
    private static double GainAt10(LinkSums sums, ReadOnlySpan<int> history, int label, bool excludeSeenItems)
    {
        (double own, int rank) = (sums[label], 1);
        if (own == 0 || (excludeSeenItems && history.Contains(label)))
        {
            return 0;
        }

        for (int i = 0; i < sums.Reached.Length && rank <= Ranking.Cutoff; i++)
        {
            int row = sums.Reached[i];
            bool isBetter = sums[row] > own || (sums[row] == own && row < label);
            rank += isBetter && !(excludeSeenItems && history.Contains(row)) ? 1 : 0;
        }

        return Ranking.Gain(rank);
    }
}
