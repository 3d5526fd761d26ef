namespace Microsoft.ML.Hydra.Numerics;

/// <summary>Where tasks put the best rows they found: a list for each.</summary>
/// <param name="k">Most rows of a list, from 1.</param>
/// <param name="rows">Rows, k for each list.</param>
/// <param name="scores">Scores, k for each list.</param>
/// <param name="counts">Rows found, for each list.</param>
internal readonly unsafe struct TopKLists(int k, int* rows, float* scores, int* counts)
{
    /// <summary>An empty heap in the memory of a list.</summary>
    public TopKHeap Heap(int list) => new(Rows(list), Scores(list));

    /// <summary>Room for the rows of a list.</summary>
    public Span<int> Rows(int list) => new(rows + ((nint)list * k), k);

    /// <summary>Room for the scores of a list.</summary>
    public Span<float> Scores(int list) => new(scores + ((nint)list * k), k);

    /// <summary>Rows found, for each list.</summary>
    public int* Counts => counts;
}
