namespace Microsoft.ML.Hydra.Numerics;

/// <summary>Rows of an int8 table that wait to be scored in float32, and the best of those that were.</summary>
/// <param name="table">The catalogue.</param>
/// <param name="query">h.</param>
/// <param name="isCandidate">Refuses rows, or <see langword="null"/>.</param>
/// <param name="best">Where the best rows go.</param>
/// <param name="rows">Room for <see cref="RowScores.Count"/> rows.</param>
internal unsafe ref struct WaitingRows(CatalogTable table, float* query, Func<int, bool>? isCandidate, TopKHeap best, int* rows)
{
    private TopKHeap _best = best;
    private int _count;

    /// <summary>The best rows scored so far.</summary>
    public readonly TopKHeap Best => _best;

    /// <summary>Takes a row, and scores all that wait when there are enough.</summary>
    public void Add(int row)
    {
        rows[_count++] = row;
        if (_count == RowScores.Count)
        {
            Score();
        }
    }

    /// <summary>Scores all that wait.</summary>
    public void Score()
    {
        if (_count == 0)
        {
            return;
        }

        float** vectors = stackalloc float*[RowScores.Count];
        float* scores = stackalloc float[RowScores.Count];
        for (int i = 0; i < RowScores.Count; i++)
        {
            vectors[i] = table.Row(rows[Math.Min(i, _count - 1)]);
        }

        RowScores.Run(vectors, query, table.Width, scores);
        for (int i = 0; i < _count; i++)
        {
            if (_best.Admits(rows[i], scores[i]) && (isCandidate is null || isCandidate(rows[i])))
            {
                _best.Add(rows[i], scores[i]);
            }
        }

        _count = 0;
    }
}
