using System.Runtime.CompilerServices;

namespace Microsoft.ML.Hydra.Numerics;

/// <summary>The best rows of one query; a task is a range of panels. Panels without a candidate are not read.</summary>
internal readonly unsafe struct CatalogScan(
    CatalogTable table, float* query, CandidateWords candidates, Func<int, bool>? isCandidate, int panelsPerTask, TopKLists lists) : IWork
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run<TSimd, TVector>(int task, Arena arena)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        float* scores = arena.Floats(CatalogTable.PanelRows);
        float* scratch = table.Precision == CatalogPrecision.Float32 ? null : arena.Floats((long)CatalogTable.PanelRows * table.Width);
        TopKHeap best = lists.Heap(task);
        int end = Math.Min(table.PanelCount, (task + 1) * panelsPerTask);
        for (int panel = task * panelsPerTask; panel < end; panel++)
        {
            ulong left = candidates.Of(panel);
            if (left == 0)
            {
                continue;
            }

            ulong above = PanelScores<TSimd, TVector>.Run(table.Panel(panel, scratch), query, table.Width, best.Threshold, scores);
            best.Offer(panel * CatalogTable.PanelRows, best.IsFull ? left & above : left, scores, isCandidate);
        }

        best.Sort();
        lists.Counts[task] = best.Count;
    }
}
