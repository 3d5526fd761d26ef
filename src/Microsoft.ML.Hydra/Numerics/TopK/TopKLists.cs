namespace Microsoft.ML.Hydra.Numerics;

/// <summary>Lists of the best rows, in pinned memory.</summary>
/// <param name="length">Most rows of a list, from 1.</param>
/// <param name="rows">Rows, room for <paramref name="length"/> in each list.</param>
/// <param name="scores">Scores, alike.</param>
/// <param name="counts">How many rows each list has; 0 at first.</param>
internal readonly unsafe struct TopKLists(int length, int* rows, float* scores, int* counts)
{
    /// <summary>Most rows of a list.</summary>
    public int Length => length;

    /// <summary>How many rows each list has.</summary>
    public int* Counts => counts;

    /// <summary>A list as the heap that it was when its count was written.</summary>
    public TopKHeap Heap(int list) =>
        new(new(rows + ((nint)list * length), length), new(scores + ((nint)list * length), length), counts[list]);
}
