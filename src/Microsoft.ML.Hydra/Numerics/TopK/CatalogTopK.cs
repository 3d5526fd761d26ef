namespace Microsoft.ML.Hydra.Numerics;

/// <summary>
/// Exact top-k over a catalogue: products of a query with the rows of a table, and the selection inside. The order is that of
/// <see cref="Ranking"/>: score descending, then row ascending; NaN ranks as −∞. Results depend neither on the number of
/// threads nor on the table's precision.
/// </summary>
internal static unsafe class CatalogTopK
{
    // Multiply-adds below which a task is not worth a thread.
    private const long LeastWorkOfTask = 1 << 22;

    /// <summary>The best candidates, best first. On one thread it allocates nothing after the first call of a workspace.</summary>
    /// <param name="table">The catalogue.</param>
    /// <param name="query">h, as wide as the table.</param>
    /// <param name="k">Most candidates wanted.</param>
    /// <param name="candidates">Which rows may be ranked.</param>
    /// <param name="isCandidate">
    /// Refuses rows by returning <see langword="false"/>, or <see langword="null"/>. Asked only for rows that would enter the list,
    /// so that it is no list of what it was asked for; from several threads at once when the workspace has them.
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
        rows = rows[..k];
        scores = scores[..k];
        if (k == 0)
        {
            return 0;
        }

        int tasks = (int)Math.Clamp((long)table.Rows * table.Width / LeastWorkOfTask, 1, workspace.DegreeOfParallelism);
        int panelsPerTask = (table.PanelCount + tasks - 1) / tasks;
        tasks = (table.PanelCount + panelsPerTask - 1) / panelsPerTask;
        workspace.Shared.Reset();
        Arena shared = workspace.Shared;
        int* counts = shared.Ints(tasks);
        fixed (float* h = query, topScores = scores)
        {
            fixed (int* topRows = rows)
            {
                fixed (ulong* excluded = candidates.Excluded)
                {
                    var words = new CandidateWords(excluded, candidates.Excluded.Length, table.Rows);
                    TopKLists lists = tasks == 1
                        ? new(k, topRows, topScores, counts)
                        : new(k, shared.Ints((long)tasks * k), shared.Floats((long)tasks * k), counts);
                    Int8Query quantised = table.Int8 is { } panels ? new(h, query.Length, shared.Ints(panels.Steps)) : default;
                    if (quantised.HoldsBound)
                    {
                        workspace.Run(tasks, new Int8CatalogScan(table, h, quantised, words, isCandidate, k, panelsPerTask, lists));
                    }
                    else
                    {
                        workspace.Run(tasks, new CatalogScan(table, h, words, isCandidate, panelsPerTask, lists));
                    }

                    GC.KeepAlive(table);
                    return tasks == 1 ? counts[0] : Merge(lists, tasks, rows, scores);
                }
            }
        }
    }

    private static int Merge(TopKLists lists, int tasks, Span<int> rows, Span<float> scores)
    {
        var best = new TopKHeap(rows, scores);
        for (int task = 0; task < tasks; task++)
        {
            for (int i = 0; i < lists.Counts[task]; i++)
            {
                (int row, float score) = (lists.Rows(task)[i], lists.Scores(task)[i]);
                if (best.Admits(row, score))
                {
                    best.Add(row, score);
                }
            }
        }

        best.Sort();
        return best.Count;
    }
}
