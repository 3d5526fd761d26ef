namespace Microsoft.ML.Hydra.Numerics;

/// <summary>A <see cref="CandidateMask"/> in pinned memory, read a panel at a time.</summary>
/// <param name="excluded">Words with the excluded rows.</param>
/// <param name="count">How many; rows beyond are candidates.</param>
/// <param name="rows">Rows of the table.</param>
internal readonly unsafe struct CandidateWords(ulong* excluded, int count, int rows)
{
    /// <summary>A bit for each row of a panel that may be ranked: not excluded, not the padding row, not past the table's end.</summary>
    public ulong Of(int panel)
    {
        ulong candidates = panel < count ? ~excluded[panel] : ulong.MaxValue;
        int left = rows - (panel * CatalogTable.PanelRows);
        candidates &= left < CatalogTable.PanelRows ? (1UL << left) - 1 : ulong.MaxValue;
        return panel == 0 ? candidates & ~1UL : candidates;
    }
}
