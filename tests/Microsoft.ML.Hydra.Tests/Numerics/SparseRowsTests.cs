using Microsoft.ML.Hydra.Numerics;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Numerics;

public sealed class SparseRowsTests
{
    [Fact]
    public void A_transposed_matrix_has_the_same_values_by_column()
    {
        // 0 7 0 5
        // 0 0 0 0
        // 1 2 0 0
        SparseRows columns = new SparseRows(4, [0, 2, 2, 4], [1, 3, 0, 1], [7, 5, 1, 2]).Transpose();
        Assert.Equal((4, 3), (columns.NumberOfRows, columns.NumberOfColumns));
        Assert.Equal([0, 1, 3, 3, 4], columns.Offsets);
        Assert.Equal([2, 0, 2, 0], columns.Columns);
        Assert.Equal([1, 7, 2, 5], columns.Values);
    }

    [Fact]
    public void A_row_has_its_columns_and_values()
    {
        SparseRows rows = SparseSamples.Of(5, [], [0, 2, 0, 0, -1], [7]);

        Assert.Equal((3, 5), (rows.NumberOfRows, rows.NumberOfColumns));
        Assert.Equal([true, false, false], Enumerable.Range(0, 3).Select(rows.IsEmpty));
        Assert.Equal([1, 4], rows.ColumnsOf(1).ToArray());
        Assert.Equal([2, -1], rows.ValuesOf(1).ToArray());
        Assert.Equal([0, 0, 2, 3], rows.Offsets);
    }

    [Fact]
    public void Full_columns_are_the_last_that_every_row_with_values_has()
    {
        Assert.Equal(2, SparseSamples.Of(4, [], [1, 0, 2, 3], [0, 0, 1, 1], []).CountFullColumns());
        Assert.Equal(0, SparseSamples.Of(4, [], [1, 0, 2, 3], [0, 1, 1, 0]).CountFullColumns());
        Assert.Equal(3, SparseSamples.Of(3, [1, 2, 3], [4, 5, 6]).CountFullColumns());
        foreach (int full in new[] { 0, 12, 37 })
        {
            Assert.Equal(full, SparseSamples.Random(1, 300, 37, full).CountFullColumns());
        }
    }
}
