namespace Microsoft.ML.Hydra.Numerics;

/// <summary>
/// Exact top-k over a catalogue: products of queries with the rows of a table, <c>Σ_i h_i e_i</c> summed in the order of i, and
/// the selection inside. The order is that of <see cref="Ranking"/>: score descending, then row ascending; NaN ranks as −∞.
/// Results depend neither on the number of threads, nor on the table's precision, nor on the queries beside.
/// </summary>
internal static unsafe class CatalogTopK
{
    // Multiply-adds below which a task is not worth a thread.
    private const long LeastWorkOfTask = 1 << 22;

    /// <summary>The best candidates for one query, best first. On one thread a workspace allocates in its first calls only.</summary>
    /// <param name="table">The catalogue.</param>
    /// <param name="query">h, as wide as the table.</param>
    /// <param name="k">Most candidates wanted.</param>
    /// <param name="candidates">Which rows may be ranked.</param>
    /// <param name="isCandidate">
    /// Refuses rows by returning <see langword="false"/>, or <see langword="null"/>. Asked only for rows that would enter the list;
    /// from several threads at once when the workspace has them.
    /// </param>
    /// <param name="rows">Receives the rows; at least <paramref name="k"/> or as many as the table has.</param>
    /// <param name="scores">Receives their scores, NaN as −∞; as long as <paramref name="rows"/>.</param>
    /// <param name="workspace">Threads and scratch memory.</param>
    /// <returns>How many were found: <paramref name="k"/>, or fewer when there are fewer candidates.</returns>
    public static int Run(
        CatalogTable table, ReadOnlySpan<float> query, int k, CandidateMask candidates, Func<int, bool>? isCandidate,
        Span<int> rows, Span<float> scores, Workspace workspace)
    {
        if (query.Length != table.Width)
        {
            throw new ArgumentException($"The query has {query.Length} numbers, but the table is {table.Width} wide; give one of its width.", nameof(query));
        }

        k = Math.Min(k, table.Rows);
        var masks = new CandidateMasks(candidates.Excluded, candidates.Excluded.Length);
        int count = 0;
        Run(table, new(query, table.Width), 1, k, masks, isCandidate, rows[..k], scores[..k], new(ref count), workspace);
        return count;
    }

    /// <summary>
    /// The best candidates for many queries, to the bit those that a query alone finds. The table is read from memory once for
    /// all queries of a thread.
    /// </summary>
    /// <param name="table">The catalogue.</param>
    /// <param name="queries">Rows as wide as the table.</param>
    /// <param name="k">Most candidates wanted for each.</param>
    /// <param name="candidates">Which rows may be ranked for each.</param>
    /// <param name="rows">Receives the rows, those of query i from <c>i · k</c> on.</param>
    /// <param name="scores">Receives their scores, NaN as −∞, alike.</param>
    /// <param name="counts">Receives how many were found for each; its length is the number of queries.</param>
    /// <param name="workspace">Threads and scratch memory.</param>
    public static void Run(
        CatalogTable table, ReadOnlyRows queries, int k, CandidateMasks candidates, Span<int> rows, Span<float> scores, Span<int> counts,
        Workspace workspace)
    {
        queries.Check(counts.Length, table.Width, nameof(queries));
        candidates.Check(counts.Length, nameof(candidates));
        long length = checked((long)counts.Length * k);
        Run(table, queries, counts.Length, k, candidates, null, rows[..checked((int)length)], scores[..(int)length], counts, workspace);
    }

    private static void Run(
        CatalogTable table, ReadOnlyRows queries, int count, int k, CandidateMasks candidates, Func<int, bool>? isCandidate,
        Span<int> rows, Span<float> scores, Span<int> counts, Workspace workspace)
    {
        counts.Clear();
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
        fixed (float* h = queries.Values, topScores = scores)
        {
            fixed (int* topRows = rows, found = counts)
            {
                fixed (ulong* excluded = candidates.Excluded)
                {
                    Int8Query* quantised = table.Int8 is null ? null : Quantise(h, queries.Stride, count, table.Width, shared);
                    var request = new TopKQueries(h, queries.Stride, quantised, excluded, candidates.Words, isCandidate);
                    var lists = new TopKLists(k, topRows, topScores, found);
                    TopKLists parts = ranges == 1 ? lists : Lists(ranges, k, shared);
                    workspace.Run(tasks, new CatalogScan(table, request, count, queriesPerTask, ranges, parts));
                    if (ranges > 1)
                    {
                        Merge(parts, ranges, lists);
                    }

                    GC.KeepAlive(table);
                }
            }
        }
    }

    private static Int8Query* Quantise(float* queries, nint stride, int count, int width, Arena arena)
    {
        var quantised = arena.Structures<Int8Query>(count);
        int groups = (width + 3) / 4;
        int* memory = arena.Ints((long)count * groups);
        for (int query = 0; query < count; query++)
        {
            quantised[query] = new(queries + (query * stride), width, memory + ((nint)query * groups));
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
