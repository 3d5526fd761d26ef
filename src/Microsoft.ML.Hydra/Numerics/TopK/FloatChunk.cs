using System.Runtime.CompilerServices;

namespace Microsoft.ML.Hydra.Numerics;

/// <summary>Looks for the best rows among some panels by scoring each in float32. Panels without a candidate are not read.</summary>
internal readonly unsafe struct FloatChunk
{
    private readonly CatalogTable _table;
    private readonly float* _scores;
    private readonly float* _panel;

    /// <param name="table">The catalogue.</param>
    /// <param name="arena">Scratch memory.</param>
    public FloatChunk(CatalogTable table, Arena arena)
    {
        _table = table;
        _scores = arena.Floats(CatalogTable.PanelRows);
        _panel = table.PanelScratch(arena);
    }

    /// <summary>Adds the rows of <paramref name="panels"/> panels from <paramref name="first"/> on that are among the best.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Scan<TSimd, TVector>(in TopKQueries queries, int query, int first, int panels, ref TopKHeap best)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        float* h = queries.Query(query);
        for (int panel = first; panel < first + panels; panel++)
        {
            ulong left = queries.Candidates(query, panel, _table.Rows);
            if (left != 0)
            {
                ulong above = PanelScores<TSimd, TVector>.Run(_table.Panel(panel, _panel), h, _table.Width, best.Threshold, _scores);
                best.Offer(panel * CatalogTable.PanelRows, best.IsFull ? left & above : left, _scores, queries.IsCandidate);
            }
        }
    }
}
