using Microsoft.ML.Hydra.Numerics;
using Microsoft.ML.Hydra.Tests.Numerics.Reference;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Numerics.TopK;

/// <summary>A catalogue in both precisions, and its answers held against those of a full sort.</summary>
internal sealed class Catalog
{
    private readonly float[] _items;
    private readonly CatalogTable[] _tables;

    /// <param name="items">Vectors by row.</param>
    /// <param name="width">d.</param>
    public Catalog(float[] items, int width)
    {
        _items = items;
        _tables = [.. Enum.GetValues<CatalogPrecision>().Select(p => new CatalogTable(new(items, width), items.Length / width, width, p))];
    }

    /// <summary>Rows, the padding row among them.</summary>
    public int Rows => _tables[0].Rows;

    /// <summary>The answer to a query of one table, sorted as it came.</summary>
    public static (int Row, float Score)[] Run(
        CatalogTable table, float[] query, int k, ulong[] excluded, Func<int, bool>? isCandidate, Workspace workspace)
    {
        var rows = new int[k];
        var scores = new float[k];
        int count = CatalogTopK.Run(table, query, new CandidateMask(excluded), isCandidate, rows, scores, workspace);
        return [.. rows.Zip(scores).Take(count)];
    }

    /// <summary>Both precisions must give the rows and, to the bit, the scores of the full sort.</summary>
    public void Check(float[] query, int k, ulong[] excluded, Func<int, bool>? isCandidate, Workspace workspace)
    {
        float[] scores = ReferenceTopK.Scores(_items, query, workspace);
        (int, float)[] expected = ReferenceTopK.Run(
            scores, k, row => new CandidateMask(excluded).IsCandidate(row) && (isCandidate is null || isCandidate(row)));
        foreach (CatalogTable table in _tables)
        {
            (int, float)[] found = Run(table, query, k, excluded, isCandidate, workspace);
            Assert.True(
                expected.SequenceEqual(found),
                $"{workspace.Instructions} {table.Precision} {table.Rows} × {table.Width}, k {k}: {string.Join(" ", found)}, expected {string.Join(" ", expected)}");
        }
    }

    /// <summary>Bits for rows to exclude, each with the given probability.</summary>
    public static ulong[] Mask(Random random, int rows, double probability)
    {
        var words = new ulong[CandidateMask.WordCount(rows)];
        for (int row = 0; row < rows; row++)
        {
            words[row / 64] |= random.NextDouble() < probability ? 1UL << (row % 64) : 0;
        }

        return words;
    }

    /// <summary>Normally distributed numbers.</summary>
    public static float[] Normal(Random random, int count, double deviation = 1)
    {
        var values = new float[count];
        for (int i = 0; i < count; i++)
        {
            double radius = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble()));
            values[i] = (float)(deviation * radius * Math.Cos(2 * Math.PI * random.NextDouble()));
        }

        return values;
    }
}
