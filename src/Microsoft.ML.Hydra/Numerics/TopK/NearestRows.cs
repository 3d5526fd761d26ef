namespace Microsoft.ML.Hydra.Numerics;

/// <summary>For each of many vectors the rows of a table with the largest cosines to it, best first.</summary>
internal sealed class NearestRows
{
    private const int QueriesAtOnce = 1024;

    private readonly int _most;
    private readonly int[] _rows;
    private readonly float[] _cosines;
    private readonly int[] _counts;

    private NearestRows(int queries, int most) =>
        (_most, _rows, _cosines, _counts) = (most, new int[queries * most], new float[queries * most], new int[queries]);

    /// <summary>Finds the rows.</summary>
    /// <param name="queries">The vectors, <c>[n, width]</c>.</param>
    /// <param name="table">The table, <c>[rows, width]</c>; its row 0 is padding and never found.</param>
    /// <param name="width">Width of a vector.</param>
    /// <param name="most">Most rows for each vector.</param>
    /// <param name="degreeOfParallelism">Most threads.</param>
    public static NearestRows Find(ReadOnlySpan<float> queries, ReadOnlySpan<float> table, int width, int most, int degreeOfParallelism)
    {
        int count = queries.Length / width, rows = table.Length / width;
        var found = new NearestRows(count, Math.Min(most, rows - 1));
        if (count == 0 || rows < 2)
        {
            return found;
        }

        float[] unit = UnitVectors.Of(queries, width);
        var catalog = new CatalogTable(new ReadOnlyRows(UnitVectors.Of(table, width), width), rows, width, CatalogPrecision.Int8);
        using var workspace = new Workspace(degreeOfParallelism);
        for (int first = 0; first < count; first += QueriesAtOnce)
        {
            int next = Math.Min(QueriesAtOnce, count - first), place = first * found._most;
            CatalogTopK.Run(
                catalog, new ReadOnlyRows(unit.AsSpan(first * width), width), found._most, default,
                found._rows.AsSpan(place), found._cosines.AsSpan(place), found._counts.AsSpan(first, next), workspace);
        }

        return found;
    }

    /// <summary>The rows found for a vector.</summary>
    public ReadOnlySpan<int> Rows(int query) => _rows.AsSpan(query * _most, _counts[query]);

    /// <summary>Their cosines.</summary>
    public ReadOnlySpan<float> Cosines(int query) => _cosines.AsSpan(query * _most, _counts[query]);
}

/// <summary>Vectors of length 1.</summary>
internal static class UnitVectors
{
    /// <summary>Copies vectors, each divided by its length; a vector of zeros stays one.</summary>
    public static float[] Of(ReadOnlySpan<float> vectors, int width)
    {
        float[] unit = vectors.ToArray();
        for (int start = 0; start < unit.Length; start += width)
        {
            Span<float> vector = unit.AsSpan(start, width);
            double squares = 0;
            foreach (float value in vector)
            {
                squares += value * (double)value;
            }

            for (int i = 0; squares > 0 && i < width; i++)
            {
                vector[i] = (float)(vector[i] / Math.Sqrt(squares));
            }
        }

        return unit;
    }
}
