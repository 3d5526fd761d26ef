using Microsoft.ML.Hydra.Items;

namespace Microsoft.ML.Hydra.Training;

/// <summary>
/// Replaces a share of a batch's targets, the events that came next, by events that came later: one of the <see cref="Reach"/> after the
/// next, each with the same probability. Where the order of events matters little, a sequence then has more than one right answer
/// (the dense all-action loss of PinnerFormer, arXiv 2205.04507, section 3.3, with one draw at a time). An event whose next one is the last keeps its target, and so does
/// one for which an event of another domain is drawn.
/// </summary>
/// <param name="data">The sequences.</param>
/// <param name="lengths">How many events of each sequence may be used.</param>
/// <param name="rate">The share; 0 to 1.</param>
internal sealed class LaterTargets(SequenceDataset data, int[] lengths, double rate)
{
    /// <summary>Events after the next one that a target may be.</summary>
    public const int Reach = 10;

    /// <summary>Draws the targets of a batch anew.</summary>
    /// <param name="windows">The batch's windows.</param>
    /// <param name="targets">Its targets, those of a window after those of the one before.</param>
    /// <param name="random">Source of the draws.</param>
    public void Draw(ReadOnlySpan<SequenceWindow> windows, Span<long> targets, Random random)
    {
        if (rate == 0)
        {
            return;
        }

        int place = 0;
        foreach (SequenceWindow window in windows)
        {
            ReadOnlySpan<int> events = data[window.Sequence][..lengths[window.Sequence]];
            for (int next = window.Start + 1; next <= window.Start + window.Length; next++, place++)
            {
                int later = Math.Min(Reach, events.Length - 1 - next);
                if (later > 0 && random.NextDouble() < rate && events[next + 1 + random.Next(later)] is int drawn
                    && (data.Domains is null || data.Domains.Of(drawn) == data.DomainOf(window.Sequence)))
                {
                    targets[place] = drawn;
                }
            }
        }
    }
}
