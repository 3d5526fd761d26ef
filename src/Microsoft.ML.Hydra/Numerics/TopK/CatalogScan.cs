using System.Runtime.CompilerServices;

namespace Microsoft.ML.Hydra.Numerics;

/// <summary>
/// The best rows of queries; a task is a range of queries and a range of panels, with a list for each query. It takes a chunk
/// of panels at a time for all its queries, so that several queries read the table from memory once.
/// </summary>
/// <param name="table">The catalogue.</param>
/// <param name="queries">The queries.</param>
/// <param name="count">How many.</param>
/// <param name="queriesPerTask">Queries of a task.</param>
/// <param name="ranges">Into how many ranges the panels are cut.</param>
/// <param name="lists">List <c>query · ranges + range</c> gets the best rows of a query in a range.</param>
internal readonly unsafe struct CatalogScan(
    CatalogTable table, TopKQueries queries, int count, int queriesPerTask, int ranges, TopKLists lists) : IWork
{
    private const int BytesOfFloatChunk = 1 << 18; // stays in the second cache

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run<TSimd, TVector>(int task, Arena arena)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        int firstQuery = task / ranges * queriesPerTask, endQuery = Math.Min(count, firstQuery + queriesPerTask), range = task % ranges;
        int panel = (int)((long)table.PanelCount * range / ranges), end = (int)((long)table.PanelCount * (range + 1) / ranges);
        var floats = new FloatChunk(table, arena);
        Int8Chunk bytes = table.Int8 is null ? default : new(table, arena);
        int most = table.Int8 is null ? Math.Max(1, BytesOfFloatChunk / (CatalogTable.PanelRows * table.Width * sizeof(float))) : Int8Chunk.MostPanels;

        // Where lower bounds give no threshold, the scores of the first few rows do.
        for (int panels = Int8Chunk.HasFloor(lists.Length, queries.IsCandidate) ? most : 1; panel < end; panels = Math.Min(2 * panels, most))
        {
            panels = Math.Min(panels, end - panel);
            for (int query = firstQuery; query < endQuery; query++)
            {
                int list = (query * ranges) + range;
                TopKHeap best = lists.Heap(list);
                if (queries.Quantised(query) != null)
                {
                    bytes.Scan<TSimd, TVector>(queries, query, panel, panels, ref best);
                }
                else
                {
                    floats.Scan<TSimd, TVector>(queries, query, panel, panels, ref best);
                }

                lists.Counts[list] = best.Count;
            }

            panel += panels;
        }

        for (int query = firstQuery; query < endQuery; query++)
        {
            lists.Heap((query * ranges) + range).Sort();
        }
    }
}
