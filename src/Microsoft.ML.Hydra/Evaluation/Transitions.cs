using Microsoft.ML.Hydra.Items;
using Microsoft.ML.Hydra.Prior;

namespace Microsoft.ML.Hydra.Evaluation;

/// <summary>
/// How strongly each item is followed by others. A pair <c>j</c> steps apart (<c>1 ≤ j ≤ steps</c>) in a sequence counts
/// <c>1/j</c>; a row of counts is then divided by the square root of its sum, halfway between counts, where frequent items drown
/// the rest, and probabilities, which trust one sighting of a rare item fully.
/// </summary>
internal static class Transitions
{
    /// <summary>Counts the transitions of all sequences.</summary>
    /// <param name="train">The sequences.</param>
    /// <param name="popularity">Popularity in the same sequences.</param>
    /// <param name="steps">Largest distance of a pair; 1 counts direct successors only.</param>
    /// <returns>Links from each item to its successors.</returns>
    public static ItemLinks Count(SequenceDataset train, Popularity popularity, int steps)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(steps, 1);
        var occurrences = new Occurrences(train, popularity.Counts);
        var links = new ItemLinksBuilder();
        var counts = new double[train.NumberOfItems + 1];
        var reached = new List<int>();
        for (int row = 1; row <= train.NumberOfItems; row++)
        {
            double sum = 0;
            foreach (Occurrence occurrence in occurrences.Of(row))
            {
                ReadOnlySpan<int> later = train[occurrence.Sequence][(occurrence.Index + 1)..];
                for (int step = 1; step <= Math.Min(steps, later.Length); step++)
                {
                    int successor = later[step - 1];
                    if (counts[successor] == 0)
                    {
                        reached.Add(successor);
                    }

                    counts[successor] += 1.0 / step;
                    sum += 1.0 / step;
                }
            }

            foreach (int successor in reached)
            {
                links.Add(successor, counts[successor] / Math.Sqrt(sum));
                counts[successor] = 0;
            }

            reached.Clear();
            links.EndRow();
        }

        return links.Build();
    }
}
