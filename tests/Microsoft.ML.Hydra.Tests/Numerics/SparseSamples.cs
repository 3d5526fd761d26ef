using Microsoft.ML.Hydra.Numerics;

namespace Microsoft.ML.Hydra.Tests.Numerics;

/// <summary>Small matrices with few values in a row.</summary>
internal static class SparseSamples
{
    /// <summary>Rows of dense values, of which those that are 0 are left out.</summary>
    public static SparseRows Of(int columns, params float[][] rows)
    {
        var builder = new SparseRowsBuilder();
        foreach (float[] row in rows)
        {
            for (int column = 0; column < row.Length; column++)
            {
                if (row[column] != 0)
                {
                    builder.Add(column, row[column]);
                }
            }

            builder.EndRow();
        }

        return builder.Build(columns);
    }

    /// <summary>Features of items: rows 0 and 3 are empty, row 1 has all columns, the others about a quarter of them and the last ones, which are full.</summary>
    public static SparseRows Random(int seed, int rows, int columns, int full = 0)
    {
        var random = new Random(seed);
        return Of(columns, [.. Enumerable.Range(0, rows).Select(row => Enumerable.Range(0, columns)
            .Select(column => row is 0 or 3 || (row != 1 && column < columns - full && random.Next(4) > 0) ? 0 : (float)(random.NextDouble() + 0.1) * (random.Next(2) == 0 ? -1 : 1)).ToArray())]);
    }

    /// <summary>A value of a matrix.</summary>
    public static float At(this SparseRows rows, int row, int column) =>
        rows.ColumnsOf(row).IndexOf(column) is int i and >= 0 ? rows.ValuesOf(row)[i] : 0;

    /// <summary>A row with its zeros.</summary>
    public static float[] Dense(this SparseRows rows, int row)
    {
        var dense = new float[rows.NumberOfColumns];
        for (int i = 0; i < rows.ColumnsOf(row).Length; i++)
        {
            dense[rows.ColumnsOf(row)[i]] = rows.ValuesOf(row)[i];
        }

        return dense;
    }
}
