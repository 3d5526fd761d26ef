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
    /// <param name="popularity">Popularity in the sequences that the links are from; it orders items whose scores are equal.</param>
    /// <param name="recency">The weights <c>wₖ</c> above 0, of the last item first; events further back are not read.</param>
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
