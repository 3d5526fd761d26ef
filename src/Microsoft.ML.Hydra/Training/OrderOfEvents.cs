using Microsoft.ML.Hydra.Cooccurrence;
using Microsoft.ML.Hydra.Data;

namespace Microsoft.ML.Hydra.Training;

/// <summary>
/// How much the order of events says, judged by counting before anything is trained: it says little where pairs up to 20 events apart
/// (<see cref="CooccurrenceReach.Far"/>) foretell the last events of sequences better than pairs near each other do.
/// </summary>
internal static class OrderOfEvents
{
    private const int FewestSequences = 2000;     // of fewer the difference is chance
    private const int MostSequences = 16_384;

    private static readonly CooccurrenceShape s_near = new(CooccurrenceReach.Near, 0.3, 0.85);
    private static readonly CooccurrenceShape s_far = new(CooccurrenceReach.Far, 1, 0.93);

    /// <summary>Whether the order of events says little of what comes next.</summary>
    /// <param name="sequences">The sequences; the last event of each of three or more, or of a sample of them, is foretold from those before it.</param>
    /// <param name="excludeSeenItems">Whether items of the history are left out of the ranking.</param>
    /// <param name="throwIfCancelled">Asked often.</param>
    public static bool SaysLittle(SequenceDataset sequences, bool excludeSeenItems, Action throwIfCancelled)
    {
        TrainingData data = TrainingData.Split(sequences, SequenceValidation.LeaveLastOut, MostSequences, new Random(0));
        int asked = data.ValidationSequences.Length;
        if (asked < FewestSequences)
        {
            return false;
        }

        var counted = new Cooccurrences(data.TrainEvents());
        ItemLinks near = counted.Count(s_near.Reach, s_near.Backward, throwIfCancelled);
        ItemLinks far = counted.Count(s_far.Reach, s_far.Backward, throwIfCancelled);
        List<HeldOutRanking> rankings = new HeldOutRankings(data, excludeSeenItems, [near, far])
            .Ask(data.ValidationSequences, (_, _, _, scores) => scores.Clear(), throwIfCancelled);
        if (rankings.Count == 0)
        {
            return false;
        }

        // Before scores of a model that are all equal any gain and weight rank alike.
        var search = new PriorSearch(rankings, asked, sequences.NumberOfItems, [1000], [1]);
        search.Try(near, s_near);
        search.Try(far, s_far);
        return search.Best.Shape == s_far;
    }
}
