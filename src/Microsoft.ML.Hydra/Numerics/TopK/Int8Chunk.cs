using System.Numerics;

namespace Microsoft.ML.Hydra.Numerics;

/// <summary>
/// Finds what <see cref="FloatChunk{TSimd, TVector}"/> finds, to the bit: int8 bounds every score, and float32 decides among the few rows that
/// the bounds leave open. All panels are bounded first, so that one look at all bounds rules out most rows.
/// </summary>
/// <param name="table">The catalogue, with its int8 copy.</param>
/// <param name="arena">Scratch memory.</param>
internal readonly unsafe struct Int8Chunk<TSimd, TVector>(CatalogTable table, Arena arena)
    where TSimd : struct, ISimd<TVector>
{
    /// <summary>Most panels of a chunk: with 4 bytes a row, their bounds fill half of the first-level cache.</summary>
    public const int MostPanels = 64;

    private const int PanelRows = CatalogTable.PanelRows;
    private const int MostWaiting = 64;      // open rows, between their prefetch and their scores
    private const int NumbersOfLine = 16;
    private const int MostPrefetched = 256;  // numbers of a row; the processor fetches the rest of a longer row itself

    private readonly CatalogTable _table = table;
    private readonly Int8Panels _panels = table.Int8!;
    private readonly float* _uppers = arena.Floats(MostPanels * PanelRows);
    private readonly float* _lanes = arena.Floats(PanelRows);

    /// <summary>
    /// Whether lower bounds give a first threshold: not where a predicate may refuse rows, and not for lists with more places
    /// than a panel has rows.
    /// </summary>
    public static bool HasFloor(int k, Func<int, bool>? isCandidate) => isCandidate is null && k <= PanelRows;

    /// <summary>Adds the rows of <paramref name="panels"/> panels from <paramref name="first"/> on that are among the best.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Scan(in TopKQueries queries, int query, int first, int panels, ref TopKHeap best)
    {
        Int8Query* quantised = queries.Quantised(query);
        ulong* open = stackalloc ulong[MostPanels];
        float threshold = best.Threshold;
        for (int i = 0; i < panels; i++)
        {
            ulong left = queries.Candidates(query, first + i, _table.Rows);
            open[i] = left == 0 ? 0 : left & Bound(_panels, first + i, *quantised, threshold, _uppers + (i * PanelRows));
        }

        if (!best.IsFull && HasFloor(best.Capacity, queries.IsCandidate))
        {
            threshold = Floor(*quantised, first, panels, open, best.Capacity);
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
                Prefetch(row);
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

    /// <summary>
    /// Upper bounds of the scores of a panel, <c>s (t ⟨p, q⟩ + bound / s)</c>, where they are above the threshold, and a bit for
    /// each of these.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static ulong Bound(Int8Panels panels, int panel, in Int8Query query, float threshold, float* uppers)
    {
        byte* codes = panels.Codes(panel);
        float* scales = panels.Scales(panel);
        int* groups = query.Groups;
        nint steps = panels.Steps;
        TVector scale = TSimd.Broadcast(query.Scale);
        TVector bound = TSimd.Broadcast(query.BoundOf(panels, panel));
        ulong above = 0;
        for (int lane = 0; lane < PanelRows; lane += 4 * TSimd.Lanes)
        {
            TVector s0 = TSimd.Broadcast(BitConverter.Int32BitsToSingle(query.Offset)), s1 = s0, s2 = s0, s3 = s0;
            byte* source = codes + (lane * 4);
            for (nint i = 0; i < steps; i++)
            {
                TVector p = TSimd.Broadcast(((float*)groups)[i]);
                s0 = TSimd.AddByteProducts(s0, source, p);
                s1 = TSimd.AddByteProducts(s1, source + (4 * TSimd.Lanes), p);
                s2 = TSimd.AddByteProducts(s2, source + (8 * TSimd.Lanes), p);
                s3 = TSimd.AddByteProducts(s3, source + (12 * TSimd.Lanes), p);
                source += PanelRows * 4;
            }

            s0 = TSimd.Multiply(TSimd.Load(scales + lane), TSimd.MultiplyAdd(TSimd.FromInt32(s0), scale, bound));
            s1 = TSimd.Multiply(TSimd.Load(scales + lane + TSimd.Lanes), TSimd.MultiplyAdd(TSimd.FromInt32(s1), scale, bound));
            s2 = TSimd.Multiply(TSimd.Load(scales + lane + (2 * TSimd.Lanes)), TSimd.MultiplyAdd(TSimd.FromInt32(s2), scale, bound));
            s3 = TSimd.Multiply(TSimd.Load(scales + lane + (3 * TSimd.Lanes)), TSimd.MultiplyAdd(TSimd.FromInt32(s3), scale, bound));
            TVector t = TSimd.Broadcast(threshold);
            ulong bits = TSimd.GreaterBits(s0, t)
                | ((ulong)TSimd.GreaterBits(s1, t) << TSimd.Lanes)
                | ((ulong)TSimd.GreaterBits(s2, t) << (2 * TSimd.Lanes))
                | ((ulong)TSimd.GreaterBits(s3, t) << (3 * TSimd.Lanes));
            if (bits != 0)
            {
                TSimd.Store(uppers + lane, s0);
                TSimd.Store(uppers + lane + TSimd.Lanes, s1);
                TSimd.Store(uppers + lane + (2 * TSimd.Lanes), s2);
                TSimd.Store(uppers + lane + (3 * TSimd.Lanes), s3);
                above |= bits << lane;
            }
        }

        return above;
    }

    // A score that at least k rows reach, from lower bounds and without a branch that depends on them: the best bound of each of
    // the 64 places in a panel, and the k-th best of these, k from 1 to 64.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private float Floor(in Int8Query query, int first, int panels, ulong* open, int k)
    {
        new Span<float>(_lanes, PanelRows).Fill(float.NegativeInfinity);
        for (int i = 0; i < panels; i++)
        {
            if (open[i] != 0)
            {
                Raise(open[i], _uppers + (i * PanelRows), _panels.Scales(first + i), 2 * query.BoundOf(_panels, first + i));
            }
        }

        float floor = float.PositiveInfinity;
        for (int i = 0; i < PanelRows; i++)
        {
            if (BitOperations.PopCount(PanelScores<TSimd, TVector>.Above(_lanes, _lanes[i])) < k)
            {
                floor = MathF.Min(floor, _lanes[i]);
            }
        }

        return floor;
    }

    // Raises the best lower bounds by those rows of a panel whose bit is set; an upper bound of +∞ has no lower bound. The
    // lower bound is the upper one minus width times the row's s.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Raise(ulong rows, float* uppers, float* scales, float width)
    {
        TVector down = TSimd.Broadcast(-width), infinity = TSimd.Broadcast(float.PositiveInfinity);
        for (int lane = 0; lane < PanelRows; lane += TSimd.Lanes)
        {
            TVector upper = TSimd.Load(uppers + lane), old = TSimd.Load(_lanes + lane);
            TVector lower = TSimd.MultiplyAdd(TSimd.Load(scales + lane), down, upper);
            uint bits = (uint)(rows >> lane) & TSimd.GreaterBits(infinity, upper);
            TSimd.Store(_lanes + lane, TSimd.Max(TSimd.Select(bits, lower, old), old));
        }
    }

    // Open rows may be anywhere in memory: all are fetched before the first is read.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Prefetch(int row)
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
        _table.Score(new(rows, count), queries.Query(query), scores);
        for (int i = 0; i < count; i++)
        {
            best.Offer(rows[i], scores[i], queries.IsCandidate);
        }
    }
}
