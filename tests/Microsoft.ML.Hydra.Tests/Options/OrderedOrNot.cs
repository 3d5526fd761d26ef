using Microsoft.ML.Hydra.Items;
using Microsoft.ML.Hydra.Tests.Training;

namespace Microsoft.ML.Hydra.Tests.Options;

/// <summary>Sequences of ten of the thirty items of a group, of which there are twenty.</summary>
internal static class OrderedOrNot
{
    private const int Groups = 20;
    private const int GroupItems = 30;
    private const int Length = 10;

    /// <summary>Makes sequences.</summary>
    /// <param name="ordered">Whether an item is followed by the next of its group, the last by the first; or by any that was not there yet.</param>
    /// <param name="count">How many.</param>
    public static SequenceDataset Sequences(bool ordered, int count)
    {
        var random = new Random(1);
        var items = new List<int>();
        for (int sequence = 0; sequence < count; sequence++)
        {
            int[] group = [.. Enumerable.Range(1 + (sequence % Groups * GroupItems), GroupItems)];
            if (!ordered)
            {
                random.Shuffle(group);
            }

            int start = random.Next(GroupItems);
            items.AddRange(Enumerable.Range(0, Length).Select(i => group[(start + i) % GroupItems]));
        }

        return new SequenceDataset([.. items], [.. Enumerable.Range(0, count + 1).Select(i => i * Length)], Groups * GroupItems);
    }
}
