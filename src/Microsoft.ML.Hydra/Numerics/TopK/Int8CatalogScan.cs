using System.Numerics;
using System.Runtime.CompilerServices;

namespace Microsoft.ML.Hydra.Numerics;

/// <summary>
/// The same rows as <see cref="CatalogScan"/> finds, to the bit: int8 bounds every score, and float32 decides among the few rows
/// that the bounds leave open. Panels are bounded some at a time, so that one look at all of their bounds rules out most rows.
/// </summary>
internal readonly unsafe struct Int8CatalogScan(
    CatalogTable table, float* query, Int8Query quantised, CandidateWords candidates, Func<int, bool>? isCandidate, int k, int panelsPerTask,
    TopKLists lists) : IWork
{
    private const int PanelRows = CatalogTable.PanelRows;
    private const int MostPanels = 64; // with 4 bytes a row, half of the first cache

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run<TSimd, TVector>(int task, Arena arena)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        float* uppers = arena.Floats(MostPanels * PanelRows);
        float* lanes = arena.Floats(PanelRows);
        ulong* open = stackalloc ulong[MostPanels];
        int* waitingRows = stackalloc int[RowScores.Count];
        var waiting = new WaitingRows(table, query, isCandidate, lists.Heap(task), waitingRows);

        // Lower bounds say nothing of rows that a predicate may refuse: then float32 scores of few rows make the first threshold.
        bool hasFloor = isCandidate is null && k <= PanelRows;
        int end = Math.Min(table.PanelCount, (task + 1) * panelsPerTask);
        int most = hasFloor ? MostPanels : 1;
        for (int first = task * panelsPerTask; first < end;)
        {
            int panels = Math.Min(most, end - first);
            float threshold = waiting.Best.Threshold;
            for (int i = 0; i < panels; i++)
            {
                ulong left = candidates.Of(first + i);
                open[i] = left == 0 ? 0
                    : left & PanelScores<TSimd, TVector>.Bound(table.Int8!, first + i, quantised, threshold, uppers + (i * PanelRows));
            }

            if (hasFloor && !waiting.Best.IsFull)
            {
                threshold = Floor<TSimd, TVector>(first, panels, open, uppers, lanes);
            }

            // A row at the floor may tie with a later one and comes before it then.
            float below = MathF.BitDecrement(threshold);
            for (int i = 0; i < panels; i++)
            {
                ulong left = open[i];
                left &= left == 0 ? 0 : PanelScores<TSimd, TVector>.Above(uppers + (i * PanelRows), below);
                for (; left != 0; left &= left - 1)
                {
                    waiting.Add(((first + i) * PanelRows) + BitOperations.TrailingZeroCount(left));
                }
            }

            waiting.Score();
            first += panels;
            most = Math.Min(2 * most, MostPanels);
        }

        waiting.Best.Sort();
        lists.Counts[task] = waiting.Best.Count;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private float Floor<TSimd, TVector>(int first, int panels, ulong* open, float* uppers, float* lanes)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        new Span<float>(lanes, PanelRows).Fill(float.NegativeInfinity);
        for (int i = 0; i < panels; i++)
        {
            if (open[i] != 0)
            {
                float width = 2 * quantised.BoundOf(table.Int8!, first + i);
                LaneFloor<TSimd, TVector>.Raise(lanes, open[i], uppers + (i * PanelRows), table.Int8!.Scales(first + i), width);
            }
        }

        return LaneFloor<TSimd, TVector>.Best(lanes, k);
    }
}
