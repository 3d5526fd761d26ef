using Microsoft.ML.Hydra.Items;
using Microsoft.ML.Hydra.Prior;
using Microsoft.ML.Hydra.Scoring;

namespace Microsoft.ML.Hydra.Evaluation;

/// <summary>
/// Follows links from the last items of a history: an item <c>b</c> scores <c>Σₖ wₖ · L(aₖ, b)</c>, <c>aₖ</c> the item <c>k</c>
/// steps back, <c>L</c> the links. Immutable and safe for many threads.
/// </summary>
internal abstract class LinkScorer
{
    private readonly ItemLinks _links;
    private readonly Popularity _popularity;
    private readonly double[] _recency;

    /// <param name="links">Links between the items.</param>
    /// <param name="popularity">Popularity in the same sequences; it orders items with equal scores.</param>
    /// <param name="recency">The weights <c>wₖ</c> above 0, the last item first; events further back are not read.</param>
    protected LinkScorer(ItemLinks links, Popularity popularity, IEnumerable<double> recency)
    {
        _links = links;
        _popularity = popularity;
        _recency = [.. recency];
    }

    /// <inheritdoc cref="BatchScorer"/>
    /// <remarks>
    /// The scores are ordinal: places from the worst, 1, up, so that the popularity tie-break survives the rounding to Single.
    /// Items that no link reached are at 0 and below, by popularity.
    /// </remarks>
    public void Score(ReadOnlySpan<int> items, ReadOnlySpan<float> times, ReadOnlySpan<int> offsets, Span<float> scores)
    {
        int width = _popularity.Places.Length;
        var sums = new LinkSums(width - 1);
        var reached = new int[width];
        var keys = new double[width];
        for (int history = 0; history < offsets.Length - 1; history++)
        {
            sums.Add(_links, items[offsets[history]..offsets[history + 1]], _recency);
            int count = sums.Reached.Length;
            for (int i = 0; i < count; i++)
            {
                reached[i] = sums.Reached[i];
                keys[i] = sums[reached[i]];
            }

            sums.Clear();
            _popularity.SortWorstFirst(keys.AsSpan(0, count), reached.AsSpan(0, count));
            Span<float> row = scores.Slice(history * width, width);
            _popularity.Fill(row);
            for (int i = 0; i < count; i++)
            {
                row[reached[i]] = i + 1;
            }
        }
    }
}

/// <summary>
/// A Markov chain over the last items, the item <c>k</c> steps back with weight <c>1/k</c>. With one step it ranks the direct
/// successors of the last item by their counts.
/// </summary>
/// <param name="train">The sequences to count on.</param>
/// <param name="popularity">Popularity in the same sequences.</param>
/// <param name="steps">How far back the chain looks, in the counts and in the history.</param>
internal sealed class MarkovChain(SequenceDataset train, Popularity popularity, int steps)
    : LinkScorer(CountTransitions(train, popularity, steps), popularity, Enumerable.Range(1, steps).Select(back => 1.0 / back))
{
    /// <summary>
    /// How strongly each item is followed by others. A pair <c>j</c> steps apart (<c>1 ≤ j ≤ steps</c>) in a sequence counts <c>1/j</c>; a row of
    /// counts is then divided by the square root of its sum. That lies between counts, where frequent items hide the others, and probabilities,
    /// which trust a single event of a rare item fully.
    /// </summary>
    /// <param name="train">The sequences.</param>
    /// <param name="popularity">Popularity in the same sequences.</param>
    /// <param name="steps">Largest distance of a pair; 1 counts direct successors only.</param>
    /// <returns>Links from each item to its successors.</returns>
    public static ItemLinks CountTransitions(SequenceDataset train, Popularity popularity, int steps)
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
