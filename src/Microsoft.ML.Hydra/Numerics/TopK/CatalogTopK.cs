namespace Microsoft.ML.Hydra.Numerics;

/// <summary>
/// Exact top-k over a catalogue: computes the products of queries with the rows of a table, <c>Σ_i h_i e_i</c> summed in the order
/// of i, and selects the best in the same pass. The order is that of <see cref="Ranking"/>: score descending, then row ascending; NaN ranks as −∞.
/// Results depend neither on the number of threads, nor on the precision of the table, nor on the other queries.
/// </summary>
internal static unsafe class CatalogTopK
{
    // Multiply-adds below which a task is not worth a thread.
    private const long LeastWorkOfTask = 1 << 22;

    /// <summary>The best candidates for one query, best first. On one thread a workspace allocates in its first calls only.</summary>
    /// <param name="table">The catalogue.</param>
    /// <param name="query">h, as wide as the table.</param>
    /// <param name="candidates">Which rows may be ranked.</param>
    /// <param name="isCandidate">
    /// Refuses rows by returning <see langword="false"/>, or <see langword="null"/>. Called only for rows that would enter the list;
    /// from several threads at once when the workspace has them.
    /// </param>
    /// <param name="rows">Receives the rows, at most as many as it is long.</param>
    /// <param name="scores">Receives their scores, NaN as −∞; as long as <paramref name="rows"/>.</param>
    /// <param name="workspace">Threads and scratch memory.</param>
    /// <returns>How many were found: the length of <paramref name="rows"/>, or fewer when there are fewer candidates.</returns>
    public static int Run(
        CatalogTable table, ReadOnlySpan<float> query, CandidateMask candidates, Func<int, bool>? isCandidate,
        Span<int> rows, Span<float> scores, Workspace workspace)
    {
        if (query.Length != table.Width)
        {
            throw new ArgumentException($"The query has {query.Length} numbers, but the table is {table.Width} wide; give one of its width.", nameof(query));
        }

        int found = 0, k = Math.Min(rows.Length, table.Rows);
        fixed (float* h = query, topScores = scores[..k])
        fixed (int* topRows = rows)
        fixed (ulong* excluded = candidates.Excluded)
        {
            var queries = new TopKQueries
            {
                Start = h,
                Stride = table.Width,
                Count = 1,
                Excluded = excluded,
                MaskWords = candidates.Excluded.Length,
                IsCandidate = isCandidate,
            };
            Run(table, queries, new(k, topRows, topScores, &found), workspace);
        }

        return found;
    }

    /// <summary>
    /// The best candidates for many queries, the same to the bit as for each query alone. The table is read from memory once for
    /// all queries of a thread.
    /// </summary>
    /// <param name="table">The catalogue.</param>
    /// <param name="queries">Rows as wide as the table.</param>
    /// <param name="k">Most rows to find for each.</param>
    /// <param name="candidates">Which rows may be ranked for each.</param>
    /// <param name="rows">Receives the rows; the rows of query i start at <c>i · k</c>.</param>
    /// <param name="scores">Receives their scores in the same places, NaN as −∞.</param>
    /// <param name="counts">Receives how many were found for each; its length is the number of queries.</param>
    /// <param name="workspace">Threads and scratch memory.</param>
    public static void Run(
        CatalogTable table, ReadOnlyRows queries, int k, CandidateMasks candidates, Span<int> rows, Span<float> scores, Span<int> counts,
        Workspace workspace)
    {
        queries.Check(counts.Length, table.Width, nameof(queries));
        candidates.Check(counts.Length, nameof(candidates));
        int length = checked(counts.Length * k);
        counts.Clear();
        fixed (float* h = queries.Values, topScores = scores[..length])
        fixed (int* topRows = rows[..length], found = counts)
        fixed (ulong* excluded = candidates.Excluded)
        {
            var request = new TopKQueries
            {
                Start = h,
                Stride = queries.Stride,
                Count = counts.Length,
                Excluded = excluded,
                MaskWords = candidates.Words,
            };
            Run(table, request, new(k, topRows, topScores, found), workspace);
        }
    }

    private static void Run(CatalogTable table, TopKQueries queries, TopKLists lists, Workspace workspace)
    {
        (int count, int k) = (queries.Count, lists.Length);
        if (count == 0 || k == 0)
        {
            return;
        }

        // Threads share the queries; the panels only when there is one query.
        int degree = (int)Math.Clamp((long)count * table.Rows * table.Width / LeastWorkOfTask, 1, workspace.DegreeOfParallelism);
        int queriesPerTask = (count + degree - 1) / degree, ranges = count == 1 ? Math.Min(degree, table.PanelCount) : 1;
        int tasks = (count + queriesPerTask - 1) / queriesPerTask * ranges;
        Arena shared = workspace.Shared;
        shared.Reset();
        if (table.Int8 is not null)
        {
            queries = queries with { Int8 = Quantise(queries, table.Width, shared) };
        }

        TopKLists parts = ranges == 1 ? lists : Lists(ranges, k, shared);
        workspace.Run(tasks, new CatalogScan(table, queries, queriesPerTask, ranges, parts));
        if (ranges > 1)
        {
            Merge(parts, ranges, lists);
        }

        GC.KeepAlive(table);
    }

    private static Int8Query* Quantise(in TopKQueries queries, int width, Arena arena)
    {
        var quantised = arena.Structures<Int8Query>(queries.Count);
        int groups = (width + 3) / 4;
        int* memory = arena.Ints((long)queries.Count * groups);
        for (int query = 0; query < queries.Count; query++)
        {
            quantised[query] = new(queries.Query(query), width, memory + ((nint)query * groups));
        }

        return quantised;
    }

    private static TopKLists Lists(int count, int length, Arena arena)
    {
        int* counts = arena.Ints(count);
        new Span<int>(counts, count).Clear();
        return new(length, arena.Ints((long)count * length), arena.Floats((long)count * length), counts);
    }

    private static void Merge(TopKLists parts, int count, TopKLists target)
    {
        TopKHeap best = target.Heap(0);
        for (int part = 0; part < count; part++)
        {
            TopKHeap from = parts.Heap(part);
            for (int i = 0; i < from.Count; i++)
            {
                best.Offer(from.Row(i), from.Score(i));
            }
        }

        best.Sort();
        target.Counts[0] = best.Count;
    }
}

/// <summary>Queries over a table, in pinned memory, and which rows each may find.</summary>
internal readonly unsafe struct TopKQueries
{
    /// <summary>The first query.</summary>
    public required float* Start { get; init; }

    /// <summary>Numbers from one query to the next.</summary>
    public required nint Stride { get; init; }

    /// <summary>How many queries there are.</summary>
    public required int Count { get; init; }

    /// <summary>Masks with the excluded rows, one for each query.</summary>
    public required ulong* Excluded { get; init; }

    /// <summary>Words of a mask; rows beyond them are candidates.</summary>
    public required int MaskWords { get; init; }

    /// <summary>Refuses rows, or <see langword="null"/>.</summary>
    public Func<int, bool>? IsCandidate { get; init; }

    /// <summary>The queries in 7 bits, or <see langword="null"/> for a table without int8.</summary>
    public Int8Query* Int8 { get; init; }

    /// <summary>A query.</summary>
    public float* Query(int query) => Start + (query * Stride);

    /// <summary>The query in 7 bits; <see langword="null"/> where float32 has to be read.</summary>
    public Int8Query* Quantised(int query) => Int8 != null && Int8[query].HoldsBound ? Int8 + query : null;

    /// <summary>A bit for each row of a panel that a query may find: not excluded, not the padding row, not past the end of the table.</summary>
    public ulong Candidates(int query, int panel, int rows)
    {
        ulong candidates = panel < MaskWords ? ~Excluded[((nint)query * MaskWords) + panel] : ulong.MaxValue;
        int left = rows - (panel * CatalogTable.PanelRows);
        candidates &= left < CatalogTable.PanelRows ? (1UL << left) - 1 : ulong.MaxValue;
        return panel == 0 ? candidates & ~1UL : candidates;
    }
}

/// <summary>
/// The best rows of queries; a task is a range of queries and a range of panels, with a list for each query. It takes a chunk
/// of panels at a time for all its queries, so that several queries read the table from memory once.
/// </summary>
/// <param name="table">The catalogue.</param>
/// <param name="queries">The queries.</param>
/// <param name="queriesPerTask">Queries of a task.</param>
/// <param name="ranges">Into how many ranges the panels are cut.</param>
/// <param name="lists">List <c>query · ranges + range</c> receives the best rows of a query in a range.</param>
internal readonly unsafe struct CatalogScan(CatalogTable table, TopKQueries queries, int queriesPerTask, int ranges, TopKLists lists) : IWork
{
    private const int BytesOfFloatChunk = 1 << 18; // stays in the second-level cache

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run<TSimd, TVector>(int task, Arena arena)
        where TSimd : struct, ISimd<TVector>
    {
        int firstQuery = task / ranges * queriesPerTask, endQuery = Math.Min(queries.Count, firstQuery + queriesPerTask), range = task % ranges;
        int panel = (int)((long)table.PanelCount * range / ranges), end = (int)((long)table.PanelCount * (range + 1) / ranges);
        var floats = new FloatChunk<TSimd, TVector>(table, arena);
        Int8Chunk<TSimd, TVector> bytes = table.Int8 is null ? default : new(table, arena);
        int most = table.Int8 is null
            ? Math.Max(1, BytesOfFloatChunk / (CatalogTable.PanelRows * table.Width * sizeof(float)))
            : Int8Chunk<TSimd, TVector>.MostPanels;

        // Where lower bounds give no threshold, the scores of the first few rows do.
        bool hasFloor = Int8Chunk<TSimd, TVector>.HasFloor(lists.Length, queries.IsCandidate);
        for (int panels = hasFloor ? most : 1; panel < end; panels = Math.Min(2 * panels, most))
        {
            panels = Math.Min(panels, end - panel);
            for (int query = firstQuery; query < endQuery; query++)
            {
                int list = (query * ranges) + range;
                TopKHeap best = lists.Heap(list);
                if (queries.Quantised(query) != null)
                {
                    bytes.Scan(queries, query, panel, panels, ref best);
                }
                else
                {
                    floats.Scan(queries, query, panel, panels, ref best);
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

/// <summary>Looks for the best rows among some panels by the float32 score of each. Panels without a candidate are not read.</summary>
/// <param name="table">The catalogue.</param>
/// <param name="arena">Scratch memory.</param>
internal readonly unsafe struct FloatChunk<TSimd, TVector>(CatalogTable table, Arena arena)
    where TSimd : struct, ISimd<TVector>
{
    private readonly CatalogTable _table = table;
    private readonly float* _scores = arena.Floats(CatalogTable.PanelRows);
    private readonly float* _panel = table.PanelScratch(arena);

    /// <summary>Adds the rows of <paramref name="panels"/> panels from <paramref name="first"/> on that are among the best.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Scan(in TopKQueries queries, int query, int first, int panels, ref TopKHeap best)
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
