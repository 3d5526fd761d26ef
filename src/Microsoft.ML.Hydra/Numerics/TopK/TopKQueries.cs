namespace Microsoft.ML.Hydra.Numerics;

/// <summary>Queries over a table in pinned memory, and which rows each may find.</summary>
/// <param name="start">The queries.</param>
/// <param name="stride">Numbers from one to the next.</param>
/// <param name="quantised">The same in 7 bits, or <see langword="null"/> for a table without int8.</param>
/// <param name="excluded">Masks with the excluded rows.</param>
/// <param name="maskWords">Words of a mask; rows beyond are candidates.</param>
/// <param name="isCandidate">Refuses rows, or <see langword="null"/>.</param>
internal readonly unsafe struct TopKQueries(
    float* start, nint stride, Int8Query* quantised, ulong* excluded, int maskWords, Func<int, bool>? isCandidate)
{
    /// <summary>Refuses rows, or <see langword="null"/>.</summary>
    public Func<int, bool>? IsCandidate => isCandidate;

    /// <summary>A query.</summary>
    public float* Query(int query) => start + (query * stride);

    /// <summary>The query in 7 bits, <see langword="null"/> where float32 is to be read.</summary>
    public Int8Query* Quantised(int query) => quantised != null && quantised[query].HoldsBound ? quantised + query : null;

    /// <summary>A bit for each row of a panel that a mask leaves: not excluded, not the padding row, not past the table's end.</summary>
    public ulong Candidates(int query, int panel, int rows)
    {
        ulong candidates = panel < maskWords ? ~excluded[((nint)query * maskWords) + panel] : ulong.MaxValue;
        int left = rows - (panel * CatalogTable.PanelRows);
        candidates &= left < CatalogTable.PanelRows ? (1UL << left) - 1 : ulong.MaxValue;
        return panel == 0 ? candidates & ~1UL : candidates;
    }
}
