using System.Numerics;
using System.Runtime.CompilerServices;

namespace Microsoft.ML.Hydra.Numerics;

/// <summary>
/// Finds what <see cref="FloatChunk"/> finds, to the bit: int8 bounds every score, and float32 decides among the few rows that
/// the bounds leave open. All panels are bounded first, so that one look at all bounds rules out most rows.
/// </summary>
internal readonly unsafe struct Int8Chunk
{
    /// <summary>Most panels of a chunk: with 4 bytes a row, their bounds fill half of the first cache.</summary>
    public const int MostPanels = 64;

    private const int PanelRows = CatalogTable.PanelRows;
    private const int MostWaiting = 64;      // open rows, between their prefetch and their scores
    private const int NumbersOfLine = 16;
    private const int MostPrefetched = 256;  // numbers of a row; longer ones are read in order for long enough to be foreseen

    private readonly CatalogTable _table;
    private readonly Int8Panels _panels;
    private readonly float* _uppers;
    private readonly float* _lanes;

    /// <param name="table">The catalogue, in int8 too.</param>
    /// <param name="arena">Scratch memory.</param>
    public Int8Chunk(CatalogTable table, Arena arena)
    {
        _table = table;
        _panels = table.Int8!;
        _uppers = arena.Floats(MostPanels * PanelRows);
        _lanes = arena.Floats(PanelRows);
    }

    /// <summary>
    /// Whether lower bounds give a first threshold. They say nothing of rows that a predicate may refuse, nor of lists longer
    /// than <see cref="LaneFloor{TSimd, TVector}"/> has places.
    /// </summary>
    public static bool HasFloor(int k, Func<int, bool>? isCandidate) => isCandidate is null && k <= PanelRows;

    /// <summary>Adds the rows of <paramref name="panels"/> panels from <paramref name="first"/> on that are among the best.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Scan<TSimd, TVector>(in TopKQueries queries, int query, int first, int panels, ref TopKHeap best)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        Int8Query* quantised = queries.Quantised(query);
        ulong* open = stackalloc ulong[MostPanels];
        float threshold = best.Threshold;
        for (int i = 0; i < panels; i++)
        {
            ulong left = queries.Candidates(query, first + i, _table.Rows);
            open[i] = left == 0 ? 0
                : left & PanelBounds<TSimd, TVector>.Run(_panels, first + i, *quantised, threshold, _uppers + (i * PanelRows));
        }

        if (!best.IsFull && HasFloor(best.Capacity, queries.IsCandidate))
        {
            threshold = Floor<TSimd, TVector>(*quantised, first, panels, open, best.Capacity);
        }

        int* rows = stackalloc int[MostWaiting];
        int count = 0;
        float below = MathF.BitDecrement(threshold); // a row at the floor may tie with a later one, and comes before it then
        for (int i = 0; i < panels; i++)
        {
            ulong left = open[i];
            left &= left == 0 ? 0 : PanelScores<TSimd, TVector>.Above(_uppers + (i * PanelRows), below);
            for (; left != 0; left &= left - 1)
            {
                int row = ((first + i) * PanelRows) + BitOperations.TrailingZeroCount(left);
                rows[count++] = row;
                Prefetch<TSimd, TVector>(row);
                if (count == MostWaiting)
                {
                    Offer(rows, count, queries, query, ref best);
                    count = 0;
                }
            }
        }

        if (count > 0)
        {
            Offer(rows, count, queries, query, ref best);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private float Floor<TSimd, TVector>(in Int8Query query, int first, int panels, ulong* open, int k)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        new Span<float>(_lanes, PanelRows).Fill(float.NegativeInfinity);
        for (int i = 0; i < panels; i++)
        {
            if (open[i] != 0)
            {
                float width = 2 * query.BoundOf(_panels, first + i);
                LaneFloor<TSimd, TVector>.Raise(_lanes, open[i], _uppers + (i * PanelRows), _panels.Scales(first + i), width);
            }
        }

        return LaneFloor<TSimd, TVector>.Best(_lanes, k);
    }

    // Open rows lie anywhere: all are on their way before the first is read.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Prefetch<TSimd, TVector>(int row)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        float* vector = _table.Row(row);
        for (int i = 0; i < Math.Min(_table.Width, MostPrefetched); i += NumbersOfLine)
        {
            TSimd.Prefetch(vector + i);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Offer(int* rows, int count, in TopKQueries queries, int query, ref TopKHeap best)
    {
        Span<float> scores = stackalloc float[MostWaiting];
        RowScores.Run(_table, new(rows, count), queries.Query(query), scores);
        for (int i = 0; i < count; i++)
        {
            best.Offer(rows[i], scores[i], queries.IsCandidate);
        }
    }
}
