using System.Runtime.InteropServices;
using Microsoft.ML.Hydra.Items;
using Microsoft.ML.Hydra.Scoring;

namespace Microsoft.ML.Hydra.Training;

/// <summary>Scores the catalogue before held-out events, many histories at once in bounded memory.</summary>
/// <param name="data">What is held out.</param>
internal sealed class HeldOutScoring(TrainingData data)
{
    private const int MaximumScores = 1 << 22;    // 16 MB of scores at once
    private const int MaximumEvents = 1 << 14;    // a cancellation waits for no more than this

    /// <summary>What is done with the scores <c>[items + 1]</c> before the held-out event of a sequence.</summary>
    public delegate void Visit(int sequence, ReadOnlySpan<float> scores);

    /// <summary>Visits sequences in their order.</summary>
    /// <param name="sequences">Which sequences; at least one.</param>
    /// <param name="scorer">The model.</param>
    /// <param name="throwIfCancelled">Asked before every batch.</param>
    /// <param name="visit">Called once for each sequence.</param>
    public void Run(ReadOnlySpan<int> sequences, BatchScorer scorer, Action throwIfCancelled, Visit visit)
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
                visit(sequences[start + i], scores.AsSpan(i * width, width));
            }
        }
    }
}
